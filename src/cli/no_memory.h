// No memory: how vinet ends where the computer, or a limit, gives it none. gRPC and the C library
// cannot go on without, so nothing is tried; what is up is in the kernel, and stays.
#pragma once

namespace vinet::cli {

/// From now on whoever asks `new` for memory that is not there ends the process: one line to the
/// error stream, exit code 1. What a library asks malloc for is its own affair.
void end_without_memory();

}  // namespace vinet::cli
