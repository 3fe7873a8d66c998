// The plan of an internet before and around the decisions: what is only copied, named or followed
// from them.
#pragma once

#include "graph/graph.h"
#include "plan/plan.h"

namespace vinet::plan {

/// Nodes, links and interfaces as described, with nothing decided yet.
InternetPlan lay_out(const graph::Internet& internet);

/// Sets device names and MACs; MACs are unique in the internet. Names stay as in `previous`, which
/// may be null.
void name_interfaces(const graph::Internet& internet, const InternetPlan* previous,
                     InternetPlan& plan);

/// Sets the base addresses of link ends, and whether both are on one machine. In: nodes are placed.
void set_base_addresses(const BasePlan& base, InternetPlan& plan);

}  // namespace vinet::plan
