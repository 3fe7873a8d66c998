#include "plan/query.h"

#include <algorithm>

namespace vinet::plan {

const BasePlan* Plan::find_base(const std::string& name) const {
  const auto it = std::find_if(bases.begin(), bases.end(),
                               [&](const BasePlan& base) { return base.name == name; });
  return it == bases.end() ? nullptr : &*it;
}

const InternetPlan* Plan::find_internet(const std::string& name) const {
  const auto it = std::find_if(internets.begin(), internets.end(),
                               [&](const InternetPlan& internet) { return internet.name == name; });
  return it == internets.end() ? nullptr : &*it;
}

std::optional<NodeId> find_node(const InternetPlan& internet, std::string_view name) {
  for (uint32_t i = 0; i < internet.nodes.size(); ++i) {
    if (internet.nodes[i].name == name) return NodeId{i};
  }
  return std::nullopt;
}

std::optional<MachineId> find_machine(const BasePlan& base, std::string_view name) {
  for (uint32_t i = 0; i < base.machines.size(); ++i) {
    if (base.machines[i].name == name) return MachineId{i};
  }
  return std::nullopt;
}

std::vector<std::pair<NodeId, NodeId>> connected_pairs(const InternetPlan& internet, Family family,
                                                       const NodeSet& among) {
  const auto count = static_cast<uint32_t>(internet.nodes.size());
  std::vector<std::vector<uint32_t>> neighbours(count);
  for (const LinkPlan& link : internet.links) {
    if (family == Family::kIpv6 && !link.ipv6) continue;
    neighbours[link.a.node.index].push_back(link.b.node.index);
    neighbours[link.b.node.index].push_back(link.a.node.index);
  }
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (uint32_t source = 0; source < count; ++source) {
    if (!holds(among, source)) continue;
    std::vector<bool> reached(count, false);
    std::vector<uint32_t> open{source};
    reached[source] = true;
    while (!open.empty()) {
      const uint32_t node = open.back();
      open.pop_back();
      if (node != source && !internet.nodes[node].transit) continue;
      for (const uint32_t next : neighbours[node]) {
        if (reached[next]) continue;
        reached[next] = true;
        open.push_back(next);
      }
    }
    for (uint32_t to = 0; to < count; ++to) {
      if (to != source && reached[to] && holds(among, to))
        pairs.emplace_back(NodeId{source}, NodeId{to});
    }
  }
  return pairs;
}

}  // namespace vinet::plan
