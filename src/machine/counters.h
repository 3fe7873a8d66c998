// counters: what the link layer has counted, by link end.
#pragma once

#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Machine::counters: one entry per link end of these owners, then one per machine that holds any
/// of them (its owner is the base, its link and node empty) for what belonged to no link.
Result<std::vector<LinkCounters>> read_counters(kernel::Kernel& kernel,
                                                const std::vector<std::string>& owners);

/// `unknown_key`: what a drop reason (enum vi_reason) is called.
const char* reason_name(uint32_t reason);

}  // namespace vinet::machine
