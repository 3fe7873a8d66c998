// apply: makes the kernel hold what slices say, wholly or not at all.
#pragma once

#include <vector>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Machine::strayed. One look at all, and a comparison for each owner.
Result<std::set<std::string>> strayed(kernel::Kernel& kernel, const std::vector<slice::Slice>& want,
                                      const Options& options);

/// Machine::apply. Undoing is the same work as doing: the state seen before is what is wanted then.
Result<ApplyReport> apply(kernel::Kernel& kernel, const std::vector<slice::Slice>& want,
                          const Options& options);

}  // namespace vinet::machine
