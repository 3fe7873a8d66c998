// check: what should be against what the kernel shows, object by object and in plain words. It
// changes nothing, and looks at more than what is repaired: foreign routes, rules and filters, the
// code of programs, entries of strangers.
#pragma once

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Errors: the kernel cannot be read. What is missing or broken is no error but a finding.
/// Cost: of a thousand nodes, about that of observing them twice.
Result<CheckReport> check(kernel::Kernel& kernel, const CheckRequest& request,
                          const Options& options);

}  // namespace vinet::machine
