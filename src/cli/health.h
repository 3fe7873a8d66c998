// Health: what the kernel holds of what should be there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/state.h"
#include "machine/machine.h"
#include "support/result.h"

namespace vinet::cli {

/// For each of the owners (bases or internets of the state): how many objects differ from the plan;
/// 0 is well.
Result<std::map<std::string, size_t>> differences(const control::State& state,
                                                  const std::vector<std::string>& owners,
                                                  machine::Machine& machine);

/// What should be there of one owner.
std::vector<slice::Slice> wanted(const control::State& state, const std::string& owner);

/// `up`, `pending`, `removing`, or `damaged (3 objects)`.
std::string condition(const std::string& phase, size_t differing);

}  // namespace vinet::cli
