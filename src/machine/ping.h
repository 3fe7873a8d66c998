// ping: many echoes at once, without a process for each.
#pragma once

#include <optional>
#include <vector>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Machine::ping. Errors: unimplemented on a kernel without sockets (the fake), not_found for a
/// node that is not there. A destination without a route is a lost echo, no error.
Result<std::vector<std::optional<uint64_t>>> ping(kernel::Kernel& kernel,
                                                  const std::vector<PingTask>& tasks,
                                                  const PingOptions& options,
                                                  const Options& progress);

}  // namespace vinet::machine
