// Questions that commands ask of a plan.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

enum class Family { kIpv4, kIpv6 };

/// Some of an internet's nodes, a bit for each; empty: all.
using NodeSet = std::vector<bool>;
inline bool holds(const NodeSet& nodes, uint32_t index) {
  return nodes.empty() || (index < nodes.size() && nodes[index]);
}

/// The node of that name, or nothing.
/// Cost: O(N).
std::optional<NodeId> find_node(const InternetPlan& internet, std::string_view name);
std::optional<MachineId> find_machine(const BasePlan& base, std::string_view name);

/// All ordered pairs of different nodes between which the plan forwards, there and back: a path of
/// links of that family with no node without `transit` inside it. Both ends are of `among`; what
/// lies between them need not be. Sorted. Cost: O(N · (N + L)), the first N those of `among`.
std::vector<std::pair<NodeId, NodeId>> connected_pairs(const InternetPlan& internet,
                                                       Family family = Family::kIpv4,
                                                       const NodeSet& among = {});

}  // namespace vinet::plan
