// Objects of the store as text: JSON with a format word and a checksum, so that a damaged or
// foreign one is known as such.
#pragma once

#include <string>

#include "control/state.h"
#include "support/result.h"

namespace vinet::control {

std::string to_text(const BaseIntent& base);
/// `ground`: what it stands on, without whose names its plan cannot be read.
std::string to_text(const InternetIntent& internet, const Ground& ground);
std::string to_text(const Operation& operation);

/// Errors: failed_precondition, saying what is wrong with the text: damaged, or not vinet's, or of
/// another version.
Result<BaseIntent> base_from_text(const std::string& text);
Result<InternetIntent> internet_from_text(const std::string& text);
Result<Operation> operation_from_text(const std::string& text);

}  // namespace vinet::control
