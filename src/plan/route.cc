// Static routes.
//
// Problem:   from every node the next hop to every other, over paths of least cost that no node
//            without `transit` lies on.
// Approach:  one Dijkstra a node, in which only the source and nodes with transit are expanded;
//            each node remembers the lowest first link of all its shortest paths. A hop later the
//            rest of the path is a shortest path again, so next hops chosen apart fit together.
//            IPv6 has its own tree where a link does not carry it.
// Invariant: the distance to the destination falls at each hop (costs are at least 1), so there is
//            no loop.
// Tables:    destinations with one next hop whose prefixes are the two halves of a larger one are
//            merged: exact, no address gets a route that had none.
// Sources:   RFC 1812 §5.2.4 (a host route wins), VI §II.2 and Figure 5 (identity as source on
//            hosts with many links).
#include "plan/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <set>

namespace vinet::plan {
namespace {

constexpr size_t kMaxNodes = 5'000;
constexpr size_t kMaxRoutes = 4'000'000;
constexpr uint64_t kNoPath = std::numeric_limits<uint64_t>::max();
constexpr uint32_t kNone = ~uint32_t{0};

struct Hop {
  uint32_t link, neighbour;
};

/// The topology of one family: links in order, per node.
struct Topology {
  Topology(const InternetPlan& plan, bool ipv6) : hops(plan.nodes.size()) {
    for (uint32_t i = 0; i < plan.links.size(); ++i) {
      const LinkPlan& link = plan.links[i];
      if (ipv6 && !link.ipv6) continue;
      hops[link.a.node.index].push_back({i, link.b.node.index});
      hops[link.b.node.index].push_back({i, link.a.node.index});
    }
  }
  std::vector<std::vector<Hop>> hops;
};

/// For each node the first link of the path from `source`, or kNone.
std::vector<uint32_t> first_links(const InternetPlan& plan, const Topology& topology,
                                  uint32_t source) {
  using Entry = std::pair<uint64_t, uint32_t>;  // distance, node
  std::vector<uint64_t> distance(plan.nodes.size(), kNoPath);
  std::vector<uint32_t> first(plan.nodes.size(), kNone);
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  distance[source] = 0;
  open.emplace(0, source);
  while (!open.empty()) {
    const auto [far, node] = open.top();
    open.pop();
    if (far > distance[node] || (node != source && !plan.nodes[node].transit)) continue;
    for (const Hop& hop : topology.hops[node]) {
      const uint64_t through = far + plan.links[hop.link].cost;
      const uint32_t by = node == source ? hop.link : first[node];
      if (through < distance[hop.neighbour]) {
        distance[hop.neighbour] = through;
        first[hop.neighbour] = by;
        open.emplace(through, hop.neighbour);
      } else if (through == distance[hop.neighbour]) {
        first[hop.neighbour] = std::min(first[hop.neighbour], by);
      }
    }
  }
  first[source] = kNone;
  return first;
}

struct Target {
  net::IpPrefix prefix;
  uint32_t node;  // whose it is; after the choice of next hops: the link that leads there
};

/// What routes must lead to, sorted. The blocks of one family and the hand-set addresses outside of
/// them.
std::vector<Target> targets(const InternetPlan& plan, bool ipv6) {
  std::vector<Target> all;
  const auto add = [&](uint32_t node, const net::IpPrefix& block, const net::IpAddress& address) {
    if (!net::contains(block, address)) all.push_back({net::host_prefix(address), node});
  };
  for (uint32_t i = 0; i < plan.nodes.size(); ++i) {
    const NodePlan& node = plan.nodes[i];
    if (ipv6 && !node.block6) continue;
    const net::IpPrefix& block = ipv6 ? *node.block6 : node.block;
    all.push_back({block, i});
    if (ipv6) {
      if (node.identity6) add(i, block, *node.identity6);
    } else {
      add(i, block, node.identity);
    }
    for (const Interface& interface : node.interfaces) {
      if (!ipv6) {
        add(i, block, interface.address);
      } else if (interface.address6) {
        add(i, block, *interface.address6);
      }
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Target& x, const Target& y) { return x.prefix < y.prefix; });
  return all;
}

/// The two halves of one larger prefix?
bool are_halves(const net::IpPrefix& low, const net::IpPrefix& high) {
  if (low.length != high.length || low.length == 0 || low == high) return false;
  const auto length = static_cast<uint8_t>(low.length - 1);
  return net::prefix_of(low.network, length) == net::prefix_of(high.network, length);
}

/// Adds a target to a sorted, disjoint list, merging halves that have the same next hop.
void add_merged(std::vector<Target>& merged, Target target) {
  while (!merged.empty() && merged.back().node == target.node &&
         are_halves(merged.back().prefix, target.prefix)) {
    target.prefix =
        net::prefix_of(target.prefix.network, static_cast<uint8_t>(target.prefix.length - 1));
    merged.pop_back();
  }
  merged.push_back(target);
}

const Interface& far_interface(const InternetPlan& plan, uint32_t link, uint32_t here) {
  const LinkPlan& l = plan.links[link];
  const LinkEndPlan& far = l.a.node.index == here ? l.b : l.a;
  return plan.nodes[far.node.index].interfaces[far.interface];
}

/// The routes of one node in one family.
std::vector<net::Route> node_routes(const InternetPlan& plan, uint32_t self, bool ipv6,
                                    const std::vector<uint32_t>& first,
                                    const std::vector<Target>& all) {
  const NodePlan& node = plan.nodes[self];
  std::optional<net::IpAddress> source;
  if (node.kind == NodeKind::kHost && node.interfaces.size() > 1) {
    source = ipv6 ? net::IpAddress(*node.identity6) : net::IpAddress(node.identity);
  }
  // What the kernel routes itself: the far ends of the own links.
  std::set<net::IpAddress> on_link;
  for (const Interface& interface : node.interfaces) {
    const Interface& far = far_interface(plan, interface.link.index, self);
    if (!ipv6) on_link.insert(far.address);
    if (ipv6 && far.address6) on_link.insert(*far.address6);
  }
  std::vector<Target> merged;
  for (const Target& target : all) {
    const uint32_t link = first[target.node];
    const bool is_host = target.prefix.length == (ipv6 ? 128 : 32);
    if (link == kNone || (is_host && on_link.contains(target.prefix.network))) continue;
    add_merged(merged, {target.prefix, link});
  }
  std::vector<net::Route> routes;
  routes.reserve(merged.size() + 1);
  for (const Target& target : merged) {
    const uint32_t link = target.node;
    const LinkPlan& l = plan.links[link];
    const Interface& far = far_interface(plan, link, self);
    const uint32_t out = l.a.node.index == self ? l.a.interface : l.b.interface;
    routes.push_back({.destination = target.prefix,
                      .metric = kRouteMetric,
                      .type = net::RouteType::kUnicast,
                      .via = ipv6 ? net::IpAddress(*far.address6) : net::IpAddress(far.address),
                      .device = node.interfaces[out].device,
                      .source = source});
  }
  routes.push_back({.destination = ipv6 ? *node.block6 : node.block,
                    .metric = kUnreachableMetric,
                    .type = net::RouteType::kUnreachable,
                    .via = std::nullopt,
                    .device = "",
                    .source = std::nullopt});
  std::sort(routes.begin(), routes.end());
  return routes;
}

}  // namespace

void compute_routes(const graph::Internet& internet, InternetPlan& plan, Diagnostics& diagnostics) {
  if (plan.nodes.size() > kMaxNodes) {
    diagnostics.error(
        internet.span,
        fmt::format(
            "internet '{}' has {} nodes; static routes for more than {} are not supported yet",
            plan.name, plan.nodes.size(), kMaxNodes),
        "each node needs a route to nearly every other");
    return;
  }
  const Topology topology(plan, false), topology6(plan, true);
  const std::vector<Target> all = targets(plan, false), all6 = targets(plan, true);
  size_t count = 0;
  for (uint32_t self = 0; self < plan.nodes.size(); ++self) {
    std::vector<net::Route>& routes = plan.nodes[self].routes;
    routes = node_routes(plan, self, false, first_links(plan, topology, self), all);
    if (plan.nodes[self].block6) {
      const auto routes6 = node_routes(plan, self, true, first_links(plan, topology6, self), all6);
      routes.insert(routes.end(), routes6.begin(), routes6.end());
    }
    count += routes.size();
    if (count <= kMaxRoutes) continue;
    diagnostics.error(internet.span,
                      fmt::format("internet '{}' needs more than {} static routes, which is not "
                                  "supported yet",
                                  plan.name, kMaxRoutes));
    return;
  }
}

}  // namespace vinet::plan
