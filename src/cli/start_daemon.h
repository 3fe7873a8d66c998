// Starting the daemon in the background, for the first verb that needs one.
#pragma once

#include <string>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::cli {

/// Starts this program as the daemon of a root, or finds the one that somebody else has just
/// started, and connects. The daemon holds nothing of this process: no terminal, no descriptor.
/// Errors: unavailable with what the daemon said, if it does not come up within 10 s.
Result<Fd> start_daemon(const std::string& root, const std::string& state_directory);

}  // namespace vinet::cli
