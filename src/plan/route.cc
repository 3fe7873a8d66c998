// Static routes.
//
// Problem:   each node's routes to all others, over shortest paths; few, and quickly, also for a
//            hundred thousand nodes.
// Approach:  per family (family_routes.h) the internet is cut into biconnected components, paths
//            are searched only inside each, every address of the pool belongs to a node (areas.h),
//            and a node's ways to all of them are written with the fewest prefixes
//            (prefix_table.h). Where both families have the same links and areas, IPv6 mirrors the
//            IPv4 table. Next hops of equal cost become one route (ECMP).
// Invariant: whatever address of the pool a packet is sent to, the distance to the node whose it is
//            falls at each hop; there the packet is delivered, or meets the `unreachable` route
//            that covers the node's block and what else of the pool belongs to it.
//            A route that is lost (its interface is down) leaves its addresses unreachable, never
//            to a shorter prefix that would send them back.
// Sources:   RFC 1812 §5.2.4 (a host route wins), RFC 2992 (equal-cost paths), VI §II.2 and
//            Figure 5 (identity as source on hosts with many links).
#include "plan/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "plan/family_routes.h"
#include "plan/pool.h"

namespace vinet::plan {
namespace {

constexpr size_t kMaxComponent = 5'000;
constexpr size_t kMaxRoutes = 12'000'000;
constexpr size_t kMaxNextHops = 16;  // of one route; a kernel's table is no wider in practice

const Interface& far_interface(const InternetPlan& plan, uint32_t link, uint32_t here) {
  const LinkPlan& l = plan.links[link];
  const LinkEndPlan& far = l.a.node.index == here ? l.b : l.a;
  return plan.nodes[far.node.index].interfaces[far.interface];
}

/// Writes the routes of one node in one family.
class Writer {
 public:
  Writer(const InternetPlan& plan, bool ipv6, uint32_t self)
      : plan_(plan), node_(plan.nodes[self]), ipv6_(ipv6), self_(self) {
    if (node_.kind == NodeKind::kHost && node_.interfaces.size() > 1) {
      source_ = ipv6 ? net::IpAddress(*node_.identity6) : net::IpAddress(node_.identity);
    }
  }

  void write(const FamilyRoutes& routes, std::vector<net::Route>& out) const {
    for (const ColouredPrefix& entry : routes.table()) {
      net::IpPrefix prefix{net::Ipv4{entry.network}, entry.length};
      if (ipv6_) prefix = mirror(*plan_.pool6, prefix);
      add(prefix, entry.colour, routes, out);
    }
  }

  /// Those to hand-set addresses outside of the pool, halves of a larger prefix as one.
  void write_outside(const FamilyRoutes& routes, std::vector<net::Route>& out) const {
    struct Target {
      net::IpPrefix prefix;
      uint32_t colour;
    };
    std::vector<Target> merged;
    for (const auto& [address, owner] : routes.areas().outside) {
      Target target{net::host_prefix(address), routes.colour_of(owner)};
      if (target.colour == kNowhere || is_on_link(address)) continue;
      while (!merged.empty() && same_hops(routes, merged.back().colour, target.colour) &&
             are_halves(merged.back().prefix, target.prefix)) {
        const auto length = static_cast<uint8_t>(target.prefix.length - 1);
        target.prefix = net::prefix_of(target.prefix.network, length);
        merged.pop_back();
      }
      merged.push_back(target);
    }
    for (const Target& target : merged) add(target.prefix, target.colour, routes, out);
  }

 private:
  static bool same_hops(const FamilyRoutes& routes, uint32_t x, uint32_t y) {
    return x == y || routes.links(x) == routes.links(y);
  }

  static bool are_halves(const net::IpPrefix& low, const net::IpPrefix& high) {
    if (low.length != high.length || low.length == 0 || low == high) return false;
    const auto length = static_cast<uint8_t>(low.length - 1);
    return net::prefix_of(low.network, length) == net::prefix_of(high.network, length);
  }

  /// The far end of an own link, which the kernel routes itself?
  bool is_on_link(const net::IpAddress& address) const {
    return std::any_of(node_.interfaces.begin(), node_.interfaces.end(), [&](const auto& own) {
      const Interface& far = far_interface(plan_, own.link.index, self_);
      return ipv6_ ? far.address6 && net::IpAddress(*far.address6) == address
                   : net::IpAddress(far.address) == address;
    });
  }

  net::NextHop hop(uint32_t link) const {
    const LinkPlan& l = plan_.links[link];
    const Interface& far = far_interface(plan_, link, self_);
    const uint32_t out = l.a.node.index == self_ ? l.a.interface : l.b.interface;
    return {ipv6_ ? net::IpAddress(*far.address6) : net::IpAddress(far.address),
            node_.interfaces[out].device};
  }

  void add(const net::IpPrefix& prefix, uint32_t colour, const FamilyRoutes& routes,
           std::vector<net::Route>& out) const {
    if (colour == kNowhere) {
      net::Route& route = out.emplace_back();
      route.destination = prefix;
      route.metric = kUnreachableMetric;
      route.type = net::RouteType::kUnreachable;
      return;
    }
    if (prefix.length == (ipv6_ ? 128 : 32) && is_on_link(prefix.network)) return;
    net::Route& route = out.emplace_back();
    route.destination = prefix;
    route.metric = kRouteMetric;
    route.source = source_;
    const std::vector<uint32_t>& links = routes.links(colour);
    net::NextHop first = hop(links[0]);
    if (links.size() > 1) {
      std::vector<net::NextHop> hops{std::move(first)};
      for (size_t i = 1; i < std::min(links.size(), kMaxNextHops); ++i) {
        hops.push_back(hop(links[i]));
      }
      std::sort(hops.begin(), hops.end());
      first = std::move(hops.front());
      route.others.assign(std::make_move_iterator(hops.begin() + 1),
                          std::make_move_iterator(hops.end()));
    }
    route.via = first.via;
    route.device = std::move(first.device);
  }

  const InternetPlan& plan_;
  const NodePlan& node_;
  const bool ipv6_;
  const uint32_t self_;
  std::optional<net::IpAddress> source_;
};

bool is_small_enough(const graph::Internet& internet, const InternetPlan& plan,
                     const BlockCutTree& tree, Diagnostics& diagnostics) {
  for (uint32_t c = 0; c < tree.components(); ++c) {
    const size_t size = tree.members(c).size() + 1;
    if (size <= kMaxComponent) continue;
    diagnostics.error(
        internet.span,
        fmt::format("internet '{}' has {} nodes that no single node parts from each other, '{}' "
                    "and '{}' among them; static routes for more than {} are not supported yet",
                    plan.name, size, plan.nodes[tree.top(c)].name,
                    plan.nodes[tree.members(c).front()].name, kMaxComponent),
        "inside such a biconnected component each node's paths to all others must be searched; "
        "components that hang together by single nodes may be any number");
    return false;
  }
  return true;
}

bool same_links(const InternetPlan& plan) {
  return std::all_of(plan.links.begin(), plan.links.end(),
                     [](const LinkPlan& link) { return link.ipv6; });
}

}  // namespace

void compute_routes(const graph::Internet& internet, InternetPlan& plan, Diagnostics& diagnostics) {
  if (plan.nodes.empty()) return;
  FamilyRoutes routes(plan, false);
  if (!is_small_enough(internet, plan, routes.tree(), diagnostics)) return;
  const bool mirrored = plan.pool6 && same_links(plan) &&
                        find_areas(plan, true, routes.tree().order().front()) == routes.areas();
  std::unique_ptr<FamilyRoutes> routes6;
  if (plan.pool6 && !mirrored) routes6 = std::make_unique<FamilyRoutes>(plan, true);
  size_t count = 0;
  std::vector<net::Route> all;
  for (uint32_t self = 0; self < plan.nodes.size(); ++self) {
    all.clear();
    routes.visit(self);
    const Writer writer(plan, false, self);
    writer.write(routes, all);
    writer.write_outside(routes, all);
    if (plan.pool6) {
      FamilyRoutes& of_ipv6 = mirrored ? routes : *routes6;
      if (!mirrored) of_ipv6.visit(self);
      const Writer writer6(plan, true, self);
      writer6.write(of_ipv6, all);
      writer6.write_outside(of_ipv6, all);
    }
    if (!std::is_sorted(all.begin(), all.end())) std::sort(all.begin(), all.end());
    plan.nodes[self].routes.assign(std::make_move_iterator(all.begin()),
                                   std::make_move_iterator(all.end()));
    count += all.size();
    if (count <= kMaxRoutes) continue;
    diagnostics.error(internet.span,
                      fmt::format("internet '{}' needs more than {} static routes, which is not "
                                  "supported yet",
                                  plan.name, kMaxRoutes));
    return;
  }
}

}  // namespace vinet::plan
