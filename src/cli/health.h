// Health: what the kernel holds of what should be there.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/state.h"
#include "control/world.h"
#include "support/result.h"

namespace vinet::cli {

/// How a base or an internet is.
struct Health {
  size_t differing = 0;          ///< objects that differ from the plan
  std::set<std::string> unseen;  ///< machines of a fleet with a part of it that were not looked at:
                                 ///< they do not answer, or no daemon asks them
};

/// Of each of the owners (bases or internets of the state).
Result<std::map<std::string, Health>> look_at_health(const control::State& state,
                                                     const std::vector<std::string>& owners,
                                                     control::World& world);

/// Machines of fleets that nobody could look at: `fleet.x`.
std::set<std::string> unseen_machines(const control::State& state, control::Controller& controller);

/// What should be there of one owner.
std::vector<slice::Slice> wanted(const control::State& state, const std::string& owner);

/// `up`, `pending`, `removing`, `damaged (3 objects differ)`, `up, not seen on fleet.x`.
std::string condition(const std::string& phase, const Health& health);

}  // namespace vinet::cli
