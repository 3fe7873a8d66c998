// Static routes against Floyd-Warshall and a hop-by-hop simulation of what the kernels do with the
// routes.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "diff/plan_random.h"
#include "plan/query.h"

namespace vinet::plan::testing {
namespace {

constexpr uint64_t kNoPath = uint64_t{1} << 40;
using Matrix = std::vector<std::vector<uint64_t>>;

/// Least costs of paths with only transit nodes inside, of one family.
Matrix floyd_warshall(const InternetPlan& plan, bool ipv6) {
  const size_t count = plan.nodes.size();
  Matrix cost(count, std::vector<uint64_t>(count, kNoPath));
  for (size_t i = 0; i < count; ++i) cost[i][i] = 0;
  for (const LinkPlan& link : plan.links) {
    if (ipv6 && !link.ipv6) continue;
    const uint32_t a = link.a.node.index, b = link.b.node.index;
    cost[a][b] = cost[b][a] = std::min<uint64_t>(cost[a][b], link.cost);
  }
  for (size_t k = 0; k < count; ++k) {
    if (!plan.nodes[k].transit) continue;
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = 0; j < count; ++j) cost[i][j] = std::min(cost[i][j], cost[i][k] + cost[k][j]);
    }
  }
  return cost;
}

struct Outcome {
  enum { kDelivered, kNoRoute, kUnreachable, kLoop, kBadHop } what = kNoRoute;
  uint32_t at = 0;    // where it ended
  uint64_t cost = 0;  // of the links it crossed
  bool through_host = false;
};

bool has(const NodePlan& node, const net::IpAddress& address) {
  const auto is = [&](const auto& own) { return net::IpAddress(own) == address; };
  if (is(node.identity) || (node.identity6 && is(*node.identity6))) return true;
  return std::any_of(
      node.interfaces.begin(), node.interfaces.end(), [&](const Interface& interface) {
        return is(interface.address) || (interface.address6 && is(*interface.address6));
      });
}

/// One packet, from node to node, by longest prefix and lowest metric. The kernel's own routes to
/// the far ends of the links come first, as they are /32 or /128 of metric 0.
Outcome forward(const InternetPlan& plan, uint32_t from, const net::IpAddress& to) {
  Outcome outcome;
  outcome.at = from;
  for (size_t hops = 0; hops <= plan.nodes.size(); ++hops) {
    const NodePlan& node = plan.nodes[outcome.at];
    if (has(node, to)) return outcome.what = Outcome::kDelivered, outcome;
    if (outcome.at != from && !node.transit) outcome.through_host = true;
    const LinkPlan* out = nullptr;
    const net::Route* best = nullptr;
    for (const net::Route& route : node.routes) {
      if (!net::contains(route.destination, to)) continue;
      const auto rank = [](const net::Route& r) {
        return std::pair(-int(r.destination.length), r.metric);
      };
      if (best == nullptr || rank(route) < rank(*best)) best = &route;
    }
    for (const Interface& interface : node.interfaces) {
      const LinkPlan& link = plan.links[interface.link.index];
      const LinkEndPlan& far = link.a.node.index == outcome.at ? link.b : link.a;
      const Interface& there = plan.nodes[far.node.index].interfaces[far.interface];
      const bool on_link = net::IpAddress(there.address) == to ||
                           (there.address6 && net::IpAddress(*there.address6) == to);
      if (on_link) {
        out = &link;
        break;
      }
      if (best == nullptr || best->device != interface.device) continue;
      const bool ipv6 = net::is_ipv6(to);
      const bool via_fits =
          best->via && (!ipv6 || there.address6) &&
          *best->via == (ipv6 ? net::IpAddress(*there.address6) : net::IpAddress(there.address));
      if (!via_fits) return outcome.what = Outcome::kBadHop, outcome;
      out = &link;
    }
    if (out == nullptr) {
      outcome.what = best == nullptr ? Outcome::kNoRoute : Outcome::kUnreachable;
      return outcome;
    }
    outcome.cost += out->cost;
    outcome.at = out->a.node.index == outcome.at ? out->b.node.index : out->a.node.index;
  }
  return outcome.what = Outcome::kLoop, outcome;
}

void check_family(const InternetPlan& plan, bool ipv6, Random& random) {
  const Matrix cost = floyd_warshall(plan, ipv6);
  std::map<std::pair<uint32_t, uint32_t>, bool> connected;
  for (const auto& [a, b] : connected_pairs(plan, ipv6 ? Family::kIpv6 : Family::kIpv4)) {
    connected[{a.index, b.index}] = true;
  }
  for (uint32_t from = 0; from < plan.nodes.size(); ++from) {
    for (uint32_t to = 0; to < plan.nodes.size(); ++to) {
      if (from == to) continue;
      const NodePlan& there = plan.nodes[to];
      SCOPED_TRACE(plan.nodes[from].name + " to " + there.name + (ipv6 ? " IPv6" : " IPv4"));
      const bool path = cost[from][to] < kNoPath;
      EXPECT_EQ(path, connected.contains({from, to}));
      const net::IpAddress identity =
          ipv6 ? net::IpAddress(*there.identity6) : net::IpAddress(there.identity);
      const Outcome outcome = forward(plan, from, identity);
      if (path) {
        ASSERT_EQ(outcome.what, Outcome::kDelivered);
        EXPECT_EQ(outcome.cost, cost[from][to]);
        EXPECT_EQ(outcome.at, to);
        EXPECT_FALSE(outcome.through_host);
      } else {
        ASSERT_EQ(outcome.what, Outcome::kNoRoute);
      }
      for (const Interface& interface : there.interfaces) {
        if (ipv6 && !interface.address6) continue;
        const net::IpAddress address =
            ipv6 ? net::IpAddress(*interface.address6) : net::IpAddress(interface.address);
        const Outcome reached = forward(plan, from, address);
        ASSERT_EQ(reached.what, path ? Outcome::kDelivered : Outcome::kNoRoute)
            << net::to_string(address);
        EXPECT_FALSE(reached.through_host);
      }
      // An address of the block that nobody has ends at its owner, as unreachable.
      const uint32_t offset = random.below(uint64_t{1} << (32 - there.block.length));
      const net::IpAddress unassigned =
          ipv6 ? net::IpAddress(std::get<net::Ipv6>(there.block6->network) + offset)
               : net::IpAddress(std::get<net::Ipv4>(there.block.network) + offset);
      if (has(there, unassigned)) continue;
      const Outcome lost = forward(plan, from, unassigned);
      ASSERT_EQ(lost.what, path ? Outcome::kUnreachable : Outcome::kNoRoute);
      EXPECT_EQ(lost.at, path ? to : from);
    }
    // What is in nobody's block has no route: merged prefixes cover nothing else.
    if (ipv6) continue;
    const net::Ipv4 stray = std::get<net::Ipv4>(plan.pool.network) +
                            random.below(uint64_t{1} << (32 - plan.pool.length));
    const bool owned = std::any_of(plan.nodes.begin(), plan.nodes.end(), [&](const NodePlan& node) {
      return net::contains(node.block, stray) || has(node, stray);
    });
    if (!owned) {
      EXPECT_EQ(forward(plan, from, stray).what, Outcome::kNoRoute);
    }
  }
}

TEST(PlanRoutes, AreShortestLoopFreeAndComplete) {
  for (uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + " of VINET_SEED=" + std::to_string(seed()));
    Random random(1, round);
    graph::Graph graph;
    graph.bases.push_back(random_lab(random, 5));
    graph.internets.push_back(random_internet(random, "net", round % 10 == 0 ? 60 : 14));
    const Plan plan = planned(graph);
    ASSERT_EQ(plan.internets.size(), 1U);
    check_family(plan.internets[0], false, random);
    if (plan.internets[0].pool6) check_family(plan.internets[0], true, random);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace vinet::plan::testing
