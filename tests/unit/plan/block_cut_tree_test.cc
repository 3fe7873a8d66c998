// Biconnected components, and the order along their tree.
#include "plan/block_cut_tree.h"

#include <gtest/gtest.h>

#include "plan/areas.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

InternetPlan plan_of(const Net& net) {
  return planned(graph_of({row()}, {net})).internets.at(0);
}

/// `a: b c | c: d | ...`: the top and the members of each component, by the position of the top.
std::string text_of(const InternetPlan& plan, const BlockCutTree& tree) {
  std::string text;
  for (const uint32_t node : tree.order()) {
    for (const uint32_t component : tree.components_below(node)) {
      text += (text.empty() ? "" : " | ") + plan.nodes[node].name + ":";
      for (const uint32_t member : tree.members(component)) text += " " + plan.nodes[member].name;
    }
  }
  return text;
}

std::string order_of(const InternetPlan& plan, const BlockCutTree& tree) {
  std::string text;
  for (const uint32_t node : tree.order()) text += plan.nodes[node].name;
  return text;
}

struct TreeCase {
  const char* name;
  const char* hosts;  // a letter each
  const char* routers;
  std::vector<std::pair<const char*, const char*>> links;
  const char* components;
  const char* order;
};

class BlockCutTreeTest : public ::testing::TestWithParam<TreeCase> {};

TEST_P(BlockCutTreeTest, HasTheseComponents) {
  Net net("n");
  for (const char c : std::string(GetParam().hosts)) net.host(std::string(1, c));
  for (const char c : std::string(GetParam().routers)) net.router(std::string(1, c));
  for (const auto& [a, b] : GetParam().links) net.link(a, b);
  const InternetPlan plan = plan_of(net);
  const BlockCutTree tree(plan, Topology(plan, false));
  EXPECT_EQ(text_of(plan, tree), GetParam().components);
  EXPECT_EQ(order_of(plan, tree), GetParam().order);
  for (const uint32_t node : tree.order()) {
    const uint32_t above = tree.component_above(node);
    if (above == kNoComponent) continue;
    EXPECT_GT(tree.position(node), tree.position(tree.top(above)));
    EXPECT_LE(tree.end(node), tree.end(tree.top(above)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    BlockCutTree, BlockCutTreeTest,
    ::testing::Values(
        TreeCase{
            "of_the_header",
            "",
            "abcdef",
            {{"a", "b"}, {"b", "c"}, {"c", "a"}, {"c", "d"}, {"d", "e"}, {"e", "f"}, {"f", "d"}},
            "a: b c | c: d | d: e f",
            "abcdef"},
        TreeCase{"chain",
                 "ad",
                 "bc",
                 {{"a", "b"}, {"b", "c"}, {"c", "d"}},
                 "b: a | b: c | c: d",
                 "bacd"},
        TreeCase{"parallel_links", "", "ab", {{"a", "b"}, {"a", "b"}}, "a: b", "ab"},
        TreeCase{"hosts_right_behind",
                 "xy",
                 "abc",
                 {{"a", "b"}, {"b", "c"}, {"b", "x"}, {"a", "y"}},
                 "a: y | a: b | b: x | b: c",
                 "aybxc"},
        TreeCase{"ring_in_order",
                 "",
                 "abcd",
                 {{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "a"}},
                 "a: b c d",
                 "abcd"},
        TreeCase{"apart", "", "abc", {{"b", "c"}}, "b: c", "abc"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Areas, CoverThePoolOnce) {
  Net net = figure11();
  net.at("F").addresses = {*net::parse_address("10.0.0.200"), *net::parse_address("fd99::1")};
  const InternetPlan plan = plan_of(net);
  const Areas areas = find_areas(plan, false, 2);
  uint64_t at = std::get<net::Ipv4>(plan.pool.network).bits;
  for (const Area& area : areas.inside) {
    EXPECT_EQ(area.begin, at);
    EXPECT_LT(area.begin, area.end);
    at = area.end;
  }
  EXPECT_EQ(at, std::get<net::Ipv4>(plan.pool.network).bits + (1ULL << (32 - plan.pool.length)));
  for (uint32_t i = 0; i < plan.nodes.size(); ++i) {
    const uint32_t first = std::get<net::Ipv4>(plan.nodes[i].block.network).bits;
    for (const Area& area : areas.inside) {
      if (area.begin <= first && first < area.end) {
        EXPECT_EQ(area.node, i) << plan.nodes[i].name;
        EXPECT_LE(first + 16, area.end);
      }
    }
  }
  EXPECT_TRUE(areas.outside.empty());
  EXPECT_EQ(areas.inside.back().node, 2U);  // the root has the rest
  const Areas areas6 = find_areas(plan, true, 2);
  ASSERT_EQ(areas6.outside.size(), 1U);
  EXPECT_EQ(areas6.outside[0].second, index_of(plan.nodes, "F"));
}

}  // namespace
}  // namespace vinet::plan::testing
