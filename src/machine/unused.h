// unused: programs that no backside needs any more.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "kernel/kernel.h"
#include "machine/steps.h"
#include "machine/view.h"

namespace vinet::machine {

/// Takes the base filters off those machines of `before` that hold no backside of anybody now, and
/// lets go of their programs, whose ids are added to `ids`. Returns how many filters there were.
Result<size_t> detach_unused(kernel::Kernel& kernel, const View& before, Steps& steps,
                             std::set<uint32_t>& ids);

}  // namespace vinet::machine
