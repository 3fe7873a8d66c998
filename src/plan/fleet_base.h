// Plans a base of kind fleet: real machines with daemons, which are there already. What is decided
// is by which address each is called, and by which number.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/inventory.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// Is it a fleet? Then all its machines have daemons.
bool is_fleet(const graph::Base& base);

using FleetFacts = std::map<std::string, MachineFacts>;  ///< by daemon

/// Base addresses are as written; else as before with the same daemon; else what the machine says
/// (`facts`); else what `daemon` says, where that is an address. Machines that were there keep
/// their numbers as far as none before them is gone; new ones come last. Errors: two machines with
/// one daemon or one address; an address that no packet can have, or none;
///         sizes out of range.
std::optional<BasePlan> make_fleet_plan(const graph::Base& base, const FleetFacts& facts,
                                        const BasePlan* previous, Diagnostics& diagnostics);

/// As base_differences of base_plan.h: an address that is not written may be any.
std::vector<std::string> fleet_differences(const graph::Base& base, const BasePlan& running);

/// Why a fleet cannot be changed so while `internets` stand on it, as phrases: a machine with nodes
/// of theirs would go, or change. Empty: machines only come, or go that they do not need.
std::vector<std::string> fleet_misfits(const graph::Base& base, const BasePlan& running,
                                       const std::vector<const InternetPlan*>& internets);

}  // namespace vinet::plan
