// Decides which machine each node is on.
#pragma once

#include "graph/graph.h"
#include "plan/base_paths.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// Sets `machine` of the plan's nodes. `at` is obeyed; what has no `at` stays where the previous
/// plan has it; the rest is placed so that machines hold equally many nodes, as far as the fixed
/// ones allow, and neighbours are near.
/// In:     `plan.nodes` in the graph's order; `previous` may be null, else it is on the same base.
/// Errors: unknown machine, base without machines.
/// Cost:   O((N + L) · M + N log N) for N nodes, L links, M machines.
void place(const graph::Internet& internet, const BasePlan& base, const BasePaths& paths,
           const InternetPlan* previous, InternetPlan& plan, Diagnostics& diagnostics);

}  // namespace vinet::plan
