// Shapes: the links made are as many as announced, and go where a drawing of the shape has them.
#include "graph/shapes.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace vinet::graph {
namespace {

using lang::ShapeKind;
using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;

Pairs pairs(ShapeKind shape, uint32_t nodes) {
  Pairs made;
  for_each_link(shape, nodes, [&](uint32_t i, uint32_t j) {
    made.emplace_back(i, j);
    return true;
  });
  return made;
}

TEST(Shapes, AsManyLinksAsAnnouncedAndNoneTwice) {
  for (const ShapeKind shape :
       {ShapeKind::kChain, ShapeKind::kRing, ShapeKind::kStar, ShapeKind::kMesh}) {
    for (uint32_t nodes = 0; nodes < 12; ++nodes) {
      const Pairs made = pairs(shape, nodes);
      EXPECT_EQ(made.size(), shape_links(shape, nodes)) << to_string(shape) << " of " << nodes;
      std::set<std::pair<uint32_t, uint32_t>> different;
      for (const auto& [i, j] : made) {
        EXPECT_NE(i, j);
        EXPECT_LT(std::max(i, j), nodes);
        different.insert({std::min(i, j), std::max(i, j)});
      }
      EXPECT_EQ(different.size(), made.size()) << to_string(shape) << " of " << nodes;
    }
  }
}

TEST(Shapes, InTheOrderOfTheNodes) {
  EXPECT_EQ(pairs(ShapeKind::kChain, 4), (Pairs{{0, 1}, {1, 2}, {2, 3}}));
  EXPECT_EQ(pairs(ShapeKind::kRing, 4), (Pairs{{0, 1}, {1, 2}, {2, 3}, {3, 0}}));
  EXPECT_EQ(pairs(ShapeKind::kRing, 2), (Pairs{{0, 1}}));
  EXPECT_EQ(pairs(ShapeKind::kStar, 4), (Pairs{{0, 1}, {0, 2}, {0, 3}}));
  EXPECT_EQ(pairs(ShapeKind::kMesh, 4), (Pairs{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}));
}

TEST(Shapes, StopWhenAskedTo) {
  int made = 0;
  for_each_link(ShapeKind::kMesh, 100, [&](uint32_t, uint32_t) { return ++made < 5; });
  EXPECT_EQ(made, 5);
}

TEST(Shapes, CountWithoutOverflow) {
  EXPECT_EQ(shape_links(ShapeKind::kMesh, 100'000), 4'999'950'000U);
  EXPECT_EQ(shape_links(ShapeKind::kMesh, 4'294'967'295U), 9'223'372'030'412'324'865U);
}

}  // namespace
}  // namespace vinet::graph
