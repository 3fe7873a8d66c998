// Run times of the two programs, `progrun bench`.
#pragma once

namespace vinet::progrun {

/// Prints nanoseconds a run for pushes, pops and strangers' packets. Returns the exit code.
int bench();

}  // namespace vinet::progrun
