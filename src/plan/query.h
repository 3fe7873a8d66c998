// Questions that commands ask of a plan.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

enum class Family { kIpv4, kIpv6 };

/// The node of that name, or nothing.
/// Cost: O(N).
std::optional<NodeId> find_node(const InternetPlan& internet, std::string_view name);
std::optional<MachineId> find_machine(const BasePlan& base, std::string_view name);

/// All ordered pairs of different nodes between which the plan forwards, there and back: a path of
/// links of that family with no node without `transit` inside it. Sorted.
/// Cost: O(N · (N + L)).
std::vector<std::pair<NodeId, NodeId>> connected_pairs(const InternetPlan& internet,
                                                       Family family = Family::kIpv4);

}  // namespace vinet::plan
