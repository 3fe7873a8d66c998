// The shapes: which of n nodes in a row are joined. Pure arithmetic, in the order in which links
// are made.
//
//   chain  0-1 1-2 … (n-2)-(n-1)     none for one node
//   ring   the chain and (n-1)-0     two nodes: one link, as a second would only repeat it; none
//   for one node star   0-1 0-2 … 0-(n-1)         node 0 is the hub mesh   each pair once, i < j
#pragma once

#include <cstdint>

#include "lang/ast.h"

namespace vinet::graph {

/// How many links the shape has, without making them: a mesh of 100,000 is known to be too large at
/// once.
constexpr uint64_t shape_links(lang::ShapeKind shape, uint64_t nodes) {
  if (nodes < 2) return 0;
  switch (shape) {
    case lang::ShapeKind::kChain:
    case lang::ShapeKind::kStar:
      return nodes - 1;
    case lang::ShapeKind::kRing:
      return nodes == 2 ? 1 : nodes;
    case lang::ShapeKind::kMesh:
      return nodes * (nodes - 1) / 2;
  }
  return 0;
}

/// Calls join(i, j) for each link until it returns false.
template <typename Join>
void for_each_link(lang::ShapeKind shape, uint32_t nodes, Join&& join) {
  if (nodes < 2) return;
  switch (shape) {
    case lang::ShapeKind::kChain:
    case lang::ShapeKind::kRing:
      for (uint32_t i = 0; i + 1 < nodes; ++i) {
        if (!join(i, i + 1)) return;
      }
      if (shape == lang::ShapeKind::kRing && nodes > 2) join(nodes - 1, uint32_t{0});
      return;
    case lang::ShapeKind::kStar:
      for (uint32_t i = 1; i < nodes; ++i) {
        if (!join(uint32_t{0}, i)) return;
      }
      return;
    case lang::ShapeKind::kMesh:
      for (uint32_t i = 0; i + 1 < nodes; ++i) {
        for (uint32_t j = i + 1; j < nodes; ++j) {
          if (!join(i, j)) return;
        }
      }
      return;
  }
}

}  // namespace vinet::graph
