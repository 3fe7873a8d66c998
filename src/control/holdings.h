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

/// What a machine is to hold, and the digest by which it says that it does.
struct Wanted {
  fleet::Holding holding;
  std::string digest;
  friend bool operator==(const Wanted&, const Wanted&) = default;
};
/// By machine: bases before internets, lower before upper.
using Holdings = std::map<fleet::Place, std::vector<Wanted>>;

/// The fleet under a base or an internet, in whatever layer; null where that is a lab, or unknown.
const plan::BasePlan* fleet_under(const State& state, const std::string& name);
bool has_fleet(const State& state);

/// What all that runs puts on machines; machines without nodes hold their base. Leases are not in
/// it: they are times left, and no part of a digest.
/// Cost: that of lowering all, and of digesting it.
Holdings holdings_of(const Stacks& stacks);
/// Puts in what is left of leases.
void put_leases(const State& state, const Clocks& now, Holdings& holdings);

/// From `before` to `now`: only machines and owners that differ.
std::vector<fleet::Share> shares_between(const Holdings& before, const Holdings& now);

/// From what one machine says that it holds to what it shall hold. What it holds for other stores
/// than `store` is left alone.
fleet::Share share_towards(const fleet::Place& place, const std::vector<Wanted>& want,
                           const fleet::MemberReport& report, const std::string& store);

}  // namespace vinet::control
