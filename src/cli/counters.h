// Counters of links and machines, as verbs select and print them.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/names.h"
#include "machine/machine.h"

namespace vinet::cli {

/// Are these counters about the object? None are about a base link, which the kernel counts.
bool about(const Object& object, const machine::LinkCounters& counters);

nlohmann::json json_of(const machine::LinkCounters& counters);

}  // namespace vinet::cli
