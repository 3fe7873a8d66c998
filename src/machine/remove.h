// remove: takes away all that carries an owner's mark, and waits until the kernel has let go.
#pragma once

#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Machine::remove. Meets errors by going on and by a second try; what remains then is in the
/// error. `options.stop` is not asked: half an internet helps nobody. Errors: failed_precondition,
/// before the first change, if other owners still stand on this base.
Result<ApplyReport> remove(kernel::Kernel& kernel, const std::string& root,
                           const std::string& owner, const std::vector<std::string>& names,
                           const Options& options);

}  // namespace vinet::machine
