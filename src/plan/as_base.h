// An internet seen as a base: its nodes are machines, its links are base links. So whatever is
// planned on a base is planned on an internet too (DESIGN §2: every internet is a base).
#pragma once

#include "plan/plan.h"

namespace vinet::plan {

/// Machines in the order of the nodes, links in the order of the links; the base address of a
/// machine is the node's identity, and it forwards for others if the node does (`transit`). Routes
/// are left out: they are those of the nodes, to blocks.
/// The mtu of a machine, which links inside it have, is the least of the node's links; where it has
/// none, what its own machine carries less the internet's headers, found in `around`, the plan that
/// the internet and all below it are in (0 where `around` is null).
/// Cost: O(N + L), and the depth for each node without a link.
BasePlan as_base(const InternetPlan& lower, const Plan* around = nullptr);

}  // namespace vinet::plan
