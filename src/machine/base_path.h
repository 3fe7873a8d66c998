// base_path: what the programs of machines have met on their base paths, and echoes on these
// (vi_abi.h: vi_path).
//
//   | base X->Y | link Q->R | ICMP echo, nonce, zeros |     as large as asked for, DF set
#pragma once

#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Takes what has been met since the last call. Machines without programs have met nothing.
Result<std::vector<PathReport>> take_path_reports(kernel::Kernel& kernel,
                                                  const std::vector<std::string>& machines);

/// What was put in force, where it is less than planned.
Result<slice::PathsInForce> paths_in_force(kernel::Kernel& kernel,
                                           const std::vector<std::string>& machines);

/// Puts sizes in force, and sends echoes, each twice. What the machine itself cannot send is as if
/// it had been lost.
Status order_paths(kernel::Kernel& kernel, const std::vector<PathOrder>& orders);

/// The echo as it leaves, base header first. `bytes`: 56 to 65,535.
std::vector<uint8_t> path_echo(const PathOrder& order, uint32_t bytes);

}  // namespace vinet::machine
