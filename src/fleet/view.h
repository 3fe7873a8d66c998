// View: one Machine that looks at all machines of fleets, and at this computer beside them. What
// changes something goes to this computer alone: machines of fleets are changed by orders
// (fleet.h).
#pragma once

#include <memory>

#include "fleet/fleet.h"
#include "machine/machine.h"

namespace vinet::fleet {

/// Both outlive it. A machine that does not answer holds nothing to be seen: it is left out where
/// many are asked, and an error where only it could answer.
std::unique_ptr<machine::Machine> make_view(machine::Machine& here, Fleet& fleet);

}  // namespace vinet::fleet
