// Holdings: what each machine of fleets is to hold, by a state; and what has to be done where it
// holds something else.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/lease.h"
#include "control/stacks.h"
#include "control/state.h"
#include "fleet/fleet.h"
#include "plan/plan.h"

namespace vinet::control {

/// By machine: bases before internets, lower before upper.
using Holdings = std::map<fleet::Place, std::vector<fleet::Holding>>;

/// The fleet under a base or an internet, in whatever layer; null where that is a lab, or unknown.
const plan::BasePlan* fleet_under(const State& state, const std::string& name);
bool has_fleet(const State& state);

/// `stacks`: over all that runs in `state`. Machines without nodes hold their base.
Holdings holdings_of(const State& state, const Stacks& stacks, const Clocks& now);

/// From `before` to `now`: only machines and owners that differ.
std::vector<fleet::Share> shares_between(const Holdings& before, const Holdings& now);

/// From what one machine says that it holds to what it shall hold. What it holds for other stores
/// than `store` is left alone.
fleet::Share share_towards(const fleet::Place& place, const std::vector<fleet::Holding>& want,
                           const fleet::MemberReport& report, const std::string& store);

}  // namespace vinet::control
