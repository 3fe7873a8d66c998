// Plans for tests, built by hand: addresses simply counted up, routes by breadth-first search. Not
// the planner.
#pragma once

#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace vinet::testing {

struct NodeSpec {
  std::string name;
  bool transit = false;
  uint32_t machine = 0;
};
using LinkSpec = std::pair<uint32_t, uint32_t>;  // indexes of nodes, or of machines

/// For each node the first hop (index of the link) towards `target`; links.size() where there is no
/// way.
inline std::vector<size_t> first_hops(size_t nodes, const std::vector<LinkSpec>& links,
                                      uint32_t target, const std::vector<bool>& transit) {
  std::vector<size_t> hop(nodes, links.size());
  std::vector<bool> seen(nodes, false);
  std::queue<uint32_t> queue;
  queue.push(target);
  seen[target] = true;
  while (!queue.empty()) {
    const uint32_t at = queue.front();
    queue.pop();
    if (at != target && !transit[at]) continue;
    for (size_t i = 0; i < links.size(); ++i) {
      const auto& [a, b] = links[i];
      if (a != at && b != at) continue;
      const uint32_t next = a == at ? b : a;
      if (seen[next]) continue;
      seen[next] = true;
      hop[next] = i;
      queue.push(next);
    }
  }
  return hop;
}

inline plan::BasePlan make_base(const std::string& name, const std::vector<std::string>& machines,
                                const std::vector<LinkSpec>& links) {
  plan::BasePlan base;
  base.name = name;
  for (uint32_t i = 0; i < machines.size(); ++i) {
    base.machines.push_back(
        {machines[i], net::Ipv4{0xc0a80001 + i}, 1500, {}, true, ""});  // 192.168.0.1
  }
  for (uint32_t i = 0; i < links.size(); ++i) {
    const auto& [a, b] = links[i];
    plan::BaseLinkPlan link;
    link.name = machines[a] + "-" + machines[b];
    link.a = {{a}, machines[b], net::mac_from(link.name + "a"), net::Ipv4{0xc0a80100 + 2 * i}};
    link.b = {{b}, machines[a], net::mac_from(link.name + "b"), net::Ipv4{0xc0a80101 + 2 * i}};
    base.links.push_back(link);
  }
  const std::vector<bool> all(machines.size(), true);
  for (uint32_t target = 0; target < machines.size(); ++target) {
    const auto hops = first_hops(machines.size(), links, target, all);
    for (uint32_t i = 0; i < machines.size(); ++i) {
      if (i == target || hops[i] == links.size()) continue;
      const plan::BaseLinkPlan& link = base.links[hops[i]];
      const bool at_a = link.a.machine.index == i;
      net::Route route;
      route.destination = net::host_prefix(base.machines[target].base_address);
      route.metric = 1;
      route.via = at_a ? link.b.address : link.a.address;
      route.device = at_a ? link.a.device : link.b.device;
      route.source = base.machines[i].base_address;
      base.machines[i].routes.push_back(route);
    }
  }
  return base;
}

/// The n-th internet: blocks from 10.n.0.0/16 and fd00:n::/32, link addresses from 172.16.n.0.
inline plan::InternetPlan make_internet(const std::string& name, uint32_t n,
                                        const plan::BasePlan& base,
                                        const std::vector<NodeSpec>& nodes,
                                        const std::vector<LinkSpec>& links, bool ipv6 = true) {
  const net::Ipv4 pool{0x0a000000 + (n << 16)};
  net::Ipv6 pool6;
  pool6.bytes = {0xfd, 0, 0, static_cast<uint8_t>(n)};
  plan::InternetPlan internet;
  internet.name = name;
  internet.base = base.name;
  internet.pool = net::prefix_of(pool, 16);
  if (ipv6) internet.pool6 = net::prefix_of(pool6, 32);
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    plan::NodePlan node;
    node.name = nodes[i].name;
    node.kind = nodes[i].transit ? graph::NodeKind::kRouter : graph::NodeKind::kHost;
    node.transit = nodes[i].transit;
    node.machine = {nodes[i].machine};
    node.identity = pool + 16 * i;
    node.block = net::prefix_of(node.identity, 28);
    if (ipv6) {
      node.identity6 = pool6 + uint64_t{16} * i;
      node.block6 = net::prefix_of(*node.identity6, 124);
    }
    internet.nodes.push_back(node);
  }
  for (uint32_t i = 0; i < links.size(); ++i) {
    const auto& [a, b] = links[i];
    plan::LinkPlan link;
    link.name = nodes[a].name + "-" + nodes[b].name;
    link.local = nodes[a].machine == nodes[b].machine;
    link.ipv6 = ipv6;
    for (const auto& [at, other, end] : {std::tuple(a, b, &link.a), std::tuple(b, a, &link.b)}) {
      plan::NodePlan& node = internet.nodes[at];
      plan::Interface face;
      face.link = {i};
      face.device = nodes[other].name;
      face.mac = net::mac_from(name + link.name + nodes[at].name);
      const auto number = static_cast<uint32_t>(node.interfaces.size()) + 1;
      face.address = node.identity + number;
      if (ipv6) face.address6 = *node.identity6 + uint64_t{number};
      end->node = {at};
      end->interface = number - 1;
      end->link_address = net::Ipv4{0xac100000 + (n << 8) + 2 * i + (end == &link.b ? 1 : 0)};
      end->base_address = base.machines[nodes[at].machine].base_address;
      node.interfaces.push_back(face);
    }
    internet.links.push_back(link);
  }

  std::vector<bool> transit;
  for (const NodeSpec& node : nodes) transit.push_back(node.transit);
  for (uint32_t target = 0; target < nodes.size(); ++target) {
    const auto hops = first_hops(nodes.size(), links, target, transit);
    plan::NodePlan& own = internet.nodes[target];
    net::Route dead;
    dead.destination = own.block;
    dead.type = net::RouteType::kUnreachable;
    dead.metric = 4096;
    own.routes.push_back(dead);
    for (uint32_t i = 0; i < nodes.size(); ++i) {
      if (i == target || hops[i] == links.size()) continue;
      plan::NodePlan& node = internet.nodes[i];
      const plan::LinkPlan& link = internet.links[hops[i]];
      const bool at_a = link.a.node.index == i;
      const plan::LinkEndPlan& mine = at_a ? link.a : link.b;
      const plan::LinkEndPlan& theirs = at_a ? link.b : link.a;
      const plan::Interface& next = internet.nodes[theirs.node.index].interfaces[theirs.interface];
      net::Route route;
      route.destination = own.block;
      route.metric = 1;
      route.via = next.address;
      route.device = node.interfaces[mine.interface].device;
      node.routes.push_back(route);
      if (!ipv6) continue;
      route.destination = *own.block6;
      route.metric = 1024;
      route.via = *next.address6;
      node.routes.push_back(route);
    }
  }
  return internet;
}

/// Three machines in a row: X - Y - Z.
inline plan::BasePlan make_lab(const std::string& name = "lab") {
  return make_base(name, {"X", "Y", "Z"}, {{0, 1}, {1, 2}});
}

/// VI Figure 7: A at X, router B at Y, D at Z.
inline plan::InternetPlan make_figure7(const plan::BasePlan& base) {
  return make_internet("line", 7, base, {{"A", false, 0}, {"B", true, 1}, {"D", false, 2}},
                       {{0, 1}, {1, 2}});
}

/// VI Figure 11: A - B - C - D - E - F. A at X; B, D and F at Y, which is visited three times; C
/// and E at Z.
inline plan::InternetPlan make_figure11(const plan::BasePlan& base,
                                        const std::string& name = "fig11") {
  return make_internet(name, 11, base,
                       {{"A", false, 0},
                        {"B", true, 1},
                        {"C", true, 2},
                        {"D", true, 1},
                        {"E", true, 2},
                        {"F", false, 1}},
                       {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}});
}

}  // namespace vinet::testing
