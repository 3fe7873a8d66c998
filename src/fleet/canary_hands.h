// The hands of a canary over a fleet: each computer gets its part of the work, all at once.
#pragma once

#include <vector>

#include "fleet/fleet.h"
#include "machine/canary_work.h"

namespace vinet::fleet {

/// Work for namespaces that the directory does not know is `here`'s, which takes part where
/// `also_here`. All that it is given outlives it. Errors of a machine: with its name.
machine::CanaryHands canary_hands(machine::Machine& here, bool also_here, Fleet& fleet,
                                  std::vector<Place> places);

}  // namespace vinet::fleet
