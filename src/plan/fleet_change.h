// Planning on fleets, as far as it looks at several things at once: machines that come and go under
// what stands on them, what machines use and what their kernels can do.
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

/// Fleets that run and that the graph describes otherwise, as described; all that stands on them
/// with the new numbers of their machines (UINT32_MAX where a machine is gone, only of internets
/// that the graph describes too). Nothing where none changes.
/// Errors: those of make_fleet_plan; another internet needs a machine that would go or change.
std::optional<Inventory> with_changed_fleets(const graph::Graph& graph, const Inventory& inventory,
                                             Diagnostics& diagnostics);

/// Adds internets of `after` to the plan that differ from `before` and are not in it.
void append_renumbered(const Plan& before, const Plan& after, Plan& plan);

/// What the machines of a fleet use themselves, their base addresses included; what this computer
/// uses where nothing is known of them.
std::vector<net::IpPrefix> fleet_prefixes(const BasePlan& base, const Inventory& inventory);

/// Have the kernels at both ends of each link what its `delay` and `rate` need? `plan`: placed, and
/// standing in `world`. Machines of which nothing is known have.
void check_features(const graph::Internet& internet, const InternetPlan& plan, const Plan& world,
                    const std::map<std::string, MachineFacts>& facts, Diagnostics& diagnostics);

}  // namespace vinet::plan
