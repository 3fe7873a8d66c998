// features: what this computer can do and what it uses itself, found by trying.
#pragma once

#include <vector>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

std::vector<Feature> list_features(kernel::Kernel& kernel);
Result<plan::Inventory> take_inventory(kernel::Kernel& kernel);

}  // namespace vinet::machine
