// Static routes: shortest paths from every node to every other.
#pragma once

#include "graph/graph.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

inline constexpr uint32_t kRouteMetric = 1024;        ///< of both families
inline constexpr uint32_t kUnreachableMetric = 4096;  ///< of what ends at the node

/// Sets `routes` of the plan's nodes: to all addresses of all nodes that a path leads to, in
/// aggregates that reach up to the whole pool; over all next hops where paths cost the same, at
/// most 16; and `unreachable` for whatever of the pool ends at the node.
/// In:     `plan` with interfaces, addresses and links complete.
/// Errors: a biconnected component of more than 5,000 nodes; more routes than memory should hold.
/// Cost:   O(N + the sum over components of nodes · links), times a logarithm, for blocks that lie
///         along the topology.
void compute_routes(const graph::Internet& internet, InternetPlan& plan, Diagnostics& diagnostics);

}  // namespace vinet::plan
