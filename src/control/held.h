// Held: what this computer keeps for controllers of fleets (src/member) is neither this one's nor
// left over.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "control/intend.h"
#include "control/state.h"
#include "support/result.h"

namespace vinet::control {

/// Names of the bases and internets that this computer holds as a machine of a fleet.
/// Errors: where it cannot be known; then nothing is a leftover.
using HeldOwners = std::function<Result<std::set<std::string>>()>;
/// Of a computer that is a machine of none.
inline Result<std::set<std::string>> holds_nothing() {
  return std::set<std::string>();
}

/// Errors: already_exists where something that the intention makes on this computer, on a lab, has
/// the name of something that is held.
Status refuse_held(const Intention& intention, const State& state, const HeldOwners& held);

}  // namespace vinet::control
