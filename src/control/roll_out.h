// RollOut: what an `up` does to the machine, once everything is decided and written down.
#pragma once

#include <vector>

#include "control/controller.h"
#include "control/intend.h"
#include "control/state.h"
#include "machine/machine.h"
#include "support/result.h"

namespace vinet::control {

/// Applies bases, then internets, lower before upper, then lets go of what changed bases no longer
/// have. What is not asked for, and is another by what happens below or above it (source checks,
/// headers, floors of MTUs), is applied in its place of the order: an internet that others come to
/// stand on before these. `before`, `now`: the state without and with the operation.
/// On error nothing is undone.
Result<std::vector<Outcome>> apply_all(const Intention& intention, const Operation& operation,
                                       const State& before, const State& now,
                                       machine::Machine& machine, const Options& options);

}  // namespace vinet::control
