// Stacks: internets on internets. What stands on what, where the backsides of a node lie, and
// whether the headers of several layers are pushed in one go.
//
//   upper   p ------------- s        p stands on a, s on c: nodes of lower are machines of upper
//   lower   a ----- b ----- c        a stands on X, ...
//   lab     X ----- Y ----- Z        the bottom machines
//
// Flattened, the backsides of upper lie where those of lower lie: in X and Z. Not flattened they
// lie in the namespaces lower.a and lower.c, and packets go through lower's own interfaces.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

/// The most headers that the programs push or pop in one go (VI_MAX_HEADERS, bpf/vi_abi.h). Not a
/// limit of a stack: beyond it an internet is not flattened, and counting starts anew.
inline constexpr uint32_t kMostHeaders = 72;

/// The internet that `internet` stands on, or null where that is a base, or not in the plan.
const InternetPlan* lower_of(const Plan& plan, const InternetPlan& internet);

/// The names of the machines of a base or of the nodes of an internet; none where neither is in the
/// plan.
std::vector<std::string> machine_names(const Plan& plan, const std::string& on);

/// The internet with its nodes where they are, on machines that were called `before` by their
/// numbers, and are called `now`. UINT32_MAX where a machine is gone.
InternetPlan renumbered(InternetPlan internet, const std::vector<std::string>& before,
                        const std::vector<std::string>& now);

/// All that stand on a base or an internet, directly or on each other, the top first: in the order
/// in which they can be taken away.
std::vector<const InternetPlan*> standing_on(const Plan& plan, const std::string& name);

/// The base under all layers, and its machine. An empty name if a layer is not in the plan.
std::pair<std::string, MachineId> bottom_machine(const Plan& plan, const InternetPlan& internet,
                                                 NodeId node);

/// The namespace in which the backsides of a node lie: `lab.X`, or `lower.a` where `internet` is
/// not flattened.
std::string anchor(const Plan& plan, const InternetPlan& internet, NodeId node);

/// How many layers there are down to the base: 1 for an internet on a base.
uint32_t depth(const Plan& plan, const InternetPlan& internet);

/// Headers that its link ends push at their anchors: 2 on a base, 1 where it is not flattened, else
/// one more than the internet below.
uint32_t headers_at_anchor(const Plan& plan, const InternetPlan& internet);

/// Why an internet on `lower` cannot be flattened, or is not to be; "" where it is. `flatten`: as
/// described.
std::string unflattened_because(const Plan& plan, const InternetPlan& lower, bool flatten);

/// Sets `flattened` and `unflattened_because` of an internet, from its `flatten` and what it stands
/// on.
void decide_flattened(const Plan& plan, InternetPlan& internet);

}  // namespace vinet::plan
