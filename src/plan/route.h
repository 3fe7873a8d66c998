// Static routes: shortest paths from every node to every other.
#pragma once

#include "graph/graph.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

inline constexpr uint32_t kRouteMetric = 1024;        ///< of both families
inline constexpr uint32_t kUnreachableMetric = 4096;  ///< of a node's own block

/// Sets `routes` of the plan's nodes: to the blocks and hand-set addresses of all nodes that a path
/// leads to, and `unreachable` for the own block.
/// In:     `plan` with interfaces, addresses and links complete.
/// Errors: more than 5,000 nodes, or more routes than memory should hold.
/// Cost:   O(N · L log N) time, O(routes) memory.
void compute_routes(const graph::Internet& internet, InternetPlan& plan, Diagnostics& diagnostics);

}  // namespace vinet::plan
