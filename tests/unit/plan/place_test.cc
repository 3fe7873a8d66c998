// Placement: `at` obeyed, loads level, neighbours near.
#include <gtest/gtest.h>

#include <algorithm>

#include "plan/base_paths.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

std::vector<size_t> loads(const Plan& plan) {
  std::vector<size_t> loads(plan.bases[0].machines.size(), 0);
  for (const NodePlan& node : plan.internets[0].nodes) ++loads[node.machine.index];
  return loads;
}

/// Sum over all links of the base distance between their ends.
uint64_t length(const Plan& plan) {
  BasePaths paths(plan.bases[0]);
  uint64_t sum = 0;
  for (const LinkPlan& link : plan.internets[0].links) {
    sum += paths.distance(plan.internets[0].nodes[link.a.node.index].machine.index,
                          plan.internets[0].nodes[link.b.node.index].machine.index);
  }
  return sum;
}

std::string r(size_t i) {
  return "r" + std::to_string(i);
}

Lab ring_of_machines(size_t count) {
  Lab lab("lab");
  for (size_t i = 0; i < count; ++i) lab.machines({"m" + std::to_string(i)});
  for (size_t i = 0; i < count; ++i) {
    lab.link("m" + std::to_string(i), "m" + std::to_string((i + 1) % count));
  }
  return lab;
}

Net ring(size_t count) {
  Net net("n");
  for (size_t i = 0; i < count; ++i) net.router(r(i));
  for (size_t i = 0; i < count; ++i) net.link(r(i), r((i + 1) % count));
  return net;
}

Net binary_tree(size_t count) {
  Net net("n");
  for (size_t i = 0; i < count; ++i) net.router(r(i));
  for (size_t i = 1; i < count; ++i) net.link(r((i - 1) / 2), r(i));
  return net;
}

Net grid(size_t side) {
  Net net("n");
  for (size_t i = 0; i < side * side; ++i) net.router(r(i));
  for (size_t i = 0; i < side * side; ++i) {
    if (i % side + 1 < side) net.link(r(i), r(i + 1));
    if (i + side < side * side) net.link(r(i), r(i + side));
  }
  return net;
}

Net star(size_t leaves) {
  Net net("n");
  for (size_t i = 0; i <= leaves; ++i) net.router(r(i));
  for (size_t i = 1; i <= leaves; ++i) net.link(r(0), r(i));
  return net;
}

struct Quality {
  const char* name;
  Lab lab;
  Net net;
  uint64_t at_most;  // length; the optimum or what is known to be near it
};

class PlaceQuality : public ::testing::TestWithParam<Quality> {};

TEST_P(PlaceQuality, LevelAndNear) {
  const Plan plan = planned(graph_of({GetParam().lab}, {GetParam().net}));
  const auto load = loads(plan);
  EXPECT_LE(
      *std::max_element(load.begin(), load.end()) - *std::min_element(load.begin(), load.end()),
      1U);
  EXPECT_LE(length(plan), GetParam().at_most);
}

INSTANTIATE_TEST_SUITE_P(
    All, PlaceQuality,
    ::testing::Values(
        Quality{"ring_on_three", ring_of_machines(3), ring(30), 3},  // optimum: 3 arcs
        Quality{"ring_on_six", ring_of_machines(6), ring(32), 6},    // optimum
        Quality{"tree_on_three", ring_of_machines(3), binary_tree(63), 7},
        Quality{"grid_on_four", ring_of_machines(4), grid(12), 36},    // optimum 24: quarters
        Quality{"star_on_three", ring_of_machines(3), star(29), 20}),  // optimum
    [](const auto& c) { return std::string(c.param.name); });

TEST(Place, ObeysAtAndLevelsTheRest) {
  Net net("n");
  for (size_t i = 0; i < 4; ++i) net.router(r(i), "X");
  for (size_t i = 4; i < 10; ++i) net.router(r(i));
  const Plan plan = planned(graph_of({row()}, {net}));
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(node_of(plan.internets[0], r(i)).machine.index, 0U);
  EXPECT_EQ(loads(plan), (std::vector<size_t>{4, 3, 3}));
}

//   A at Z, its neighbour B free: B goes to Z too, not to the first machine
TEST(Place, PutsANodeNearItsFixedNeighbour) {
  const Net net =
      Net("n").host("A", "Z").router("B").router("C").host("D", "X").link("A", "B").link("C", "D");
  const Plan plan = planned(graph_of({Lab("lab").machines({"X", "Z"}).link("X", "Z")}, {net}));
  EXPECT_EQ(node_of(plan.internets[0], "B").machine.index, 1U);
  EXPECT_EQ(node_of(plan.internets[0], "C").machine.index, 0U);
}

TEST(Place, KeepsWhatRuns) {
  Net net = ring(9);
  Inventory inventory;
  inventory.running = planned(graph_of({row()}, {net}));
  net.router("extra").link("extra", r(4));
  std::reverse(net.internet.nodes.begin(), net.internet.nodes.begin() + 9);
  for (auto& link : net.internet.links) {
    for (auto* end : {&link.a, &link.b}) {
      if (end->node.index < 9) end->node.index = 8 - end->node.index;
    }
  }
  const Plan plan = planned(graph_of({row()}, {net}), inventory);
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(node_of(plan.internets[0], r(i)).machine,
              node_of(inventory.running.internets[0], r(i)).machine);
  }
}

TEST(Place, WorksOnADisconnectedBase) {
  const Net net = Net("n").router("A").router("B");
  const Plan plan = planned(graph_of({Lab("lab").machines({"X", "Y"})}, {net}));
  EXPECT_EQ(loads(plan), (std::vector<size_t>{1, 1}));
}

TEST(Place, NamesAnUnknownMachine) {
  const Net net = Net("n").host("A", "middel");
  Diagnostics diagnostics;
  EXPECT_FALSE(
      make_plan(graph_of({Lab("lab").machines({"east", "middle"})}, {net}), {}, {}, diagnostics));
  EXPECT_EQ(all_text(diagnostics),
            "error: unknown machine 'middel' in base 'lab' = did you mean 'middle'?\n");
  EXPECT_EQ(diagnostics.all()[0].span, net.internet.nodes[0].at_span);
}

}  // namespace
}  // namespace vinet::plan::testing
