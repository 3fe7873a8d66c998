// Slices as JSON, to send them to a machine and to read what it holds. What is written can be read
// back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "slice/slice.h"
#include "support/result.h"

namespace vinet::slice {

/// All on one line. Cost: O(size).
std::string to_json(const std::vector<Slice>& slices);

/// Reads what to_json wrote. Errors: invalid_argument with the place, as plan::from_json.
Result<std::vector<Slice>> from_json(std::string_view text);

}  // namespace vinet::slice
