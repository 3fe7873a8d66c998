// The biconnected components of an internet, and the tree that they form.
//
// Problem:   routes of many thousand nodes without a shortest path for each pair: what lies behind
//            a cut vertex is reached by it, so paths need be known only inside each component.
// Approach:  Hopcroft and Tarjan 1973: one depth-first walk; a component ends where nothing below a
//            node reaches above it. A second walk numbers the nodes so that all that hangs on a
//            component, and all that hangs on one of its members, are consecutive.
//
//      a --- b        e          components  1: a b c   2: c d   3: d e f      cut vertices  c d
//       \   /        / \         (a is the root)
//         c --- d --+   |
//                    \ /              a
//                     f               1 (a: b c)
//                                    / \        positions  a b c d e f
//                                   b   c       behind c   c d e f
//                                       2 (c: d)
//                                       d
//                                       3 (d: e f)
//
// Invariant: each link is in one component; each node but a root is a member of one component as
//            other than its top, and the top of any number of components.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plan/topology.h"

namespace vinet::plan {

inline constexpr uint32_t kNoComponent = ~uint32_t{0};

class BlockCutTree {
 public:
  /// Roots are the first nodes with transit, then the first of those not reached. Members are in
  /// the order of the walk: round a ring, down a chain. Of the components of one top, single hosts
  /// without transit come first, in their order; then the others.
  /// Cost: O(N + L).
  BlockCutTree(const InternetPlan& plan, const Topology& topology);

  uint32_t components() const { return static_cast<uint32_t>(tops_.size()); }
  /// The node of a component that is nearest to the root.
  uint32_t top(uint32_t component) const { return tops_[component]; }
  /// The other nodes of a component, by position.
  std::span<const uint32_t> members(uint32_t component) const {
    return {members_.data() + first_member_[component],
            members_.data() + first_member_[component + 1]};
  }
  /// The component in which the node is not the top; kNoComponent for a root.
  uint32_t component_above(uint32_t node) const { return above_[node]; }
  /// The components of which the node is the top, by position.
  std::span<const uint32_t> components_below(uint32_t node) const {
    return {below_.data() + first_below_[node], below_.data() + first_below_[node + 1]};
  }
  /// The nodes by position.
  const std::vector<uint32_t>& order() const { return order_; }
  uint32_t position(uint32_t node) const { return position_[node]; }
  /// Behind the last position of what hangs on a node, itself included.
  uint32_t end(uint32_t node) const { return position_[node] + hanging_[node]; }

 private:
  void find_components(const Topology& topology, const std::vector<uint32_t>& roots);
  void collect_below(const InternetPlan& plan);
  void number(const std::vector<uint32_t>& roots);

  std::vector<uint32_t> tops_, first_member_{0}, members_;  // of components
  std::vector<uint32_t> above_, first_below_, below_;       // of nodes
  std::vector<uint32_t> order_, position_, hanging_;
};

}  // namespace vinet::plan
