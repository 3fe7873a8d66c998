// Decides which machine each node is on.
#pragma once

#include "graph/graph.h"
#include "plan/base_paths.h"
#include "plan/plan.h"
#include "plan/surroundings.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// Sets `machine` of the plan's nodes. `at` is obeyed; what has no `at` stays where the previous
/// plan has it; the rest is placed so that machines hold equally many nodes, as far as the fixed
/// ones allow, and neighbours are near.
/// In:     `plan.nodes` in the graph's order; `surroundings`: `previous`, and `lower` for messages.
/// On a fleet new nodes go only to machines that take them and meet `where` (fleet_rooms.h).
/// Errors: unknown machine, base without machines; those of fleet_rooms.h.
/// Cost:   O(N + M) where all nodes have a place; else O((N + L + M) · M + N log N) for N nodes, L
///         links, M machines, of which above 2,000 only those that get nodes count.
void place(const graph::Internet& internet, const BasePlan& base, BasePaths& paths,
           const Surroundings& surroundings, InternetPlan& plan, Diagnostics& diagnostics);

}  // namespace vinet::plan
