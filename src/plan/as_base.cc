#include "plan/as_base.h"

#include <algorithm>

#include "plan/mtu.h"
#include "plan/stack.h"

namespace vinet::plan {
namespace {

/// What fits into a packet that stays on a node of `internet`.
uint32_t node_mtu(const InternetPlan& internet, NodeId node, const Plan& around) {
  const NodePlan& here = internet.nodes[node.index];
  uint32_t least = UINT32_MAX;
  for (const Interface& interface : here.interfaces) {
    least = std::min(least, internet.links[interface.link.index].mtu_bytes);
  }
  if (least != UINT32_MAX) return least;
  uint32_t below = 0;
  uint32_t overhead = kOverheadBytes;
  if (const InternetPlan* lower = lower_of(around, internet)) {
    below = node_mtu(*lower, NodeId{here.machine.index}, around);
    overhead = kHeaderBytes;
  } else if (const BasePlan* base = around.find_base(internet.base)) {
    below = std::min(base->machines[here.machine.index].mtu_bytes, kLargestPacketBytes);
  }
  return below > overhead ? below - overhead : 0;
}

}  // namespace

BasePlan as_base(const InternetPlan& lower, const Plan* around) {
  BasePlan base;
  base.name = lower.name;
  base.machines.reserve(lower.nodes.size());
  base.links.reserve(lower.links.size());
  const Plan nothing;
  for (uint32_t i = 0; i < lower.nodes.size(); ++i) {
    const NodePlan& node = lower.nodes[i];
    base.machines.push_back({.name = node.name,
                             .base_address = node.identity,
                             .mtu_bytes = node_mtu(lower, NodeId{i}, around ? *around : nothing),
                             .routes = {},
                             .transit = node.transit,
                             .daemon = ""});
  }
  for (const LinkPlan& link : lower.links) {
    const auto end = [&](const LinkEndPlan& at) {
      const Interface& interface = lower.nodes[at.node.index].interfaces[at.interface];
      return BaseLinkEnd{MachineId{at.node.index}, interface.device, interface.mac,
                         interface.address};
    };
    base.links.push_back({.name = link.name,
                          .a = end(link.a),
                          .b = end(link.b),
                          .mtu_bytes = link.mtu_bytes,
                          .rate_bps = link.rate_bps,
                          .cost = link.cost});
  }
  return base;
}

}  // namespace vinet::plan
