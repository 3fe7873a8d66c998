// Base routes against Floyd-Warshall, and against every single base link going down.
#include <gtest/gtest.h>

#include <algorithm>

#include "diff/plan_random.h"

namespace vinet::plan::testing {
namespace {

constexpr uint64_t kNoPath = uint64_t{1} << 40;
constexpr size_t kNone = ~size_t{0};

struct Walk {
  bool reached = false, looped = false;
  uint64_t cost = 0;
  uint32_t mtu_bytes = ~0U;
};

/// A packet from machine to machine as the kernels send it: the lowest metric whose device has a
/// carrier (ignore_routes_with_linkdown), while base link `down` has none.
Walk walk(const BasePlan& base, uint32_t from, uint32_t to, size_t down) {
  Walk walk;
  const net::IpPrefix destination = net::host_prefix(base.machines[to].base_address);
  uint32_t at = from;
  for (size_t hops = 0; hops <= base.machines.size(); ++hops) {
    if (at == to) return walk.reached = true, walk;
    const BaseLinkPlan* out = nullptr;
    uint32_t best = ~0U;
    for (const net::Route& route : base.machines[at].routes) {
      if (route.destination != destination || route.metric >= best) continue;
      for (size_t i = 0; i < base.links.size(); ++i) {
        const BaseLinkPlan& link = base.links[i];
        const bool is_a = link.a.machine.index == at && link.a.device == route.device;
        const bool is_b = link.b.machine.index == at && link.b.device == route.device;
        if ((!is_a && !is_b) || i == down) continue;
        EXPECT_EQ(route.via, net::IpAddress(is_a ? link.b.address : link.a.address));
        EXPECT_EQ(route.source, net::IpAddress(base.machines[at].base_address));
        out = &link;
        best = route.metric;
      }
    }
    if (out == nullptr) return walk;
    walk.cost += out->cost;
    walk.mtu_bytes = std::min(walk.mtu_bytes, out->mtu_bytes);
    at = out->a.machine.index == at ? out->b.machine.index : out->a.machine.index;
  }
  walk.looped = true;
  return walk;
}

std::vector<std::vector<uint64_t>> floyd_warshall(const BasePlan& base) {
  const size_t count = base.machines.size();
  std::vector<std::vector<uint64_t>> cost(count, std::vector<uint64_t>(count, kNoPath));
  for (size_t i = 0; i < count; ++i) cost[i][i] = 0;
  for (const BaseLinkPlan& link : base.links) {
    const uint32_t a = link.a.machine.index, b = link.b.machine.index;
    cost[a][b] = cost[b][a] = std::min<uint64_t>(cost[a][b], link.cost);
  }
  for (size_t k = 0; k < count; ++k) {
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = 0; j < count; ++j) cost[i][j] = std::min(cost[i][j], cost[i][k] + cost[k][j]);
    }
  }
  return cost;
}

TEST(PlanBase, RoutesAreShortestAndSurviveALinkWhereTheyCan) {
  size_t moved = 0;
  for (uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + " of VINET_SEED=" + std::to_string(seed()));
    Random random(2, round);
    graph::Graph graph;
    graph.bases.push_back(random_lab(random, 10));
    graph.internets.push_back(random_internet(random, "net", 20));
    const Plan plan = planned(graph);
    ASSERT_EQ(plan.bases.size(), 1U);
    const BasePlan& base = plan.bases[0];
    const auto cost = floyd_warshall(base);
    for (uint32_t from = 0; from < base.machines.size(); ++from) {
      for (uint32_t to = 0; to < base.machines.size(); ++to) {
        const Walk normal = walk(base, from, to, kNone);
        ASSERT_TRUE(normal.reached);
        EXPECT_EQ(normal.cost, cost[from][to]);
        for (size_t down = 0; down < base.links.size(); ++down) {
          const Walk around = walk(base, from, to, down);
          EXPECT_FALSE(around.looped);
          moved += around.reached && around.cost != normal.cost ? 1 : 0;
        }
      }
    }
    // No link is larger than any base path that its packets may take.
    const InternetPlan& internet = plan.internets.at(0);
    for (const LinkPlan& link : internet.links) {
      const uint32_t x = internet.nodes[link.a.node.index].machine.index;
      const uint32_t y = internet.nodes[link.b.node.index].machine.index;
      for (size_t down = 0; down <= base.links.size() && x != y; ++down) {
        for (const Walk& way : {walk(base, x, y, down), walk(base, y, x, down)}) {
          if (way.reached) {
            EXPECT_LE(link.mtu_bytes + 40, way.mtu_bytes);
          }
        }
      }
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(moved, 0U) << "no round had a way around";
}

}  // namespace
}  // namespace vinet::plan::testing
