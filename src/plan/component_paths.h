// Shortest paths inside one biconnected component.
//
// Problem:   from a node the next hops to each other node of its component, over paths of least
//            cost that no node without `transit` lies on.
// Approach:  Dijkstra 1959, in which only the source and nodes with transit are expanded; each node
//            remembers, as bits, the first links of all its shortest paths.
// Invariant: a node is expanded once, when all shortest paths to it are known (costs are at least
//            1). A hop later the rest of a path is a shortest path again and the distance smaller,
//            so next hops chosen apart fit together and never loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "plan/block_cut_tree.h"
#include "plan/topology.h"

namespace vinet::plan {

class ComponentPaths {
 public:
  /// Cost: O(N + L).
  ComponentPaths(const InternetPlan& plan, const Topology& topology, const BlockCutTree& tree);

  /// Number of a node in a component: 0 for the top, i + 1 for members()[i].
  uint32_t number(uint32_t component, uint32_t node) const {
    return tree_.top(component) == node ? 0 : number_[node];
  }
  /// Finds the paths from a node of the component.
  /// Cost: O(edges of the component · (log of its nodes + links of `source` / 64)); without the
  ///       logarithm where all links cost the same.
  void search(uint32_t component, uint32_t source);
  /// Distinct sets of first links after `search`: of each node of the component the number of its
  /// set in `sets`, or kNoPath.
  const std::vector<uint32_t>& set_of() const { return set_of_; }
  /// Links, in their order.
  const std::vector<std::vector<uint32_t>>& sets() const { return sets_; }

  static constexpr uint32_t kNoPath = ~uint32_t{0};

 private:
  struct Edge {
    uint32_t link, to, cost;
  };
  std::pair<const Edge*, const Edge*> edges(uint32_t component, uint32_t number) const;
  void expand(uint32_t component, uint32_t source);
  void name_sets(uint32_t component, uint32_t source);

  const InternetPlan& plan_;
  const BlockCutTree& tree_;
  std::vector<uint32_t> number_;      // of each node in the component above it
  std::vector<uint32_t> first_node_;  // of each component, into first_edge_
  std::vector<uint32_t> first_edge_;
  std::vector<Edge> edges_;
  std::vector<char> uniform_;  // of each component: do all links cost the same?

  std::vector<uint64_t> distance_, bits_;
  size_t words_ = 1;  // of bits_ a node
  std::vector<std::pair<uint64_t, uint32_t>> open_;
  std::vector<uint32_t> set_of_;
  std::vector<std::vector<uint32_t>> sets_;
};

}  // namespace vinet::plan
