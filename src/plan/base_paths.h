// Paths through a base: distances between machines, and by which links a packet may leave a machine
// towards another.
//
// Problem:   when a base link goes down, traffic moves to another way without a routing protocol,
//            and never loops.
// Approach:  besides the shortest path each machine keeps its loop-free alternates (RFC 5286 §3.1,
//            inequality 1): a neighbour N of S protects the way to D if distance(N, D) <
//            distance(N, S) + distance(S, D), for then N's own shortest path to D does not come
//            back through S. The kernel takes the best route that has a carrier.
// Invariant: a packet that uses at most one alternate reaches its machine. Ties are broken by the
//            order of links, so that the same base has the same paths.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

inline constexpr uint64_t kUnreachable = std::numeric_limits<uint64_t>::max();

/// A link as one of its machines sees it.
struct BaseHop {
  uint32_t link = 0;     ///< index into the base's links
  uint32_t machine = 0;  ///< at the far end
  bool from_a = true;    ///< this machine is the link's end a
  uint64_t cost = 1;
};

class BasePaths {
 public:
  /// Cost: O(M · L log M) time, O(M²) memory for M machines and L links.
  explicit BasePaths(const BasePlan& base);

  size_t size() const { return hops_.size(); }
  /// Sum of the costs of the links of the shortest path, or kUnreachable.
  uint64_t distance(uint32_t from, uint32_t to) const { return distance_[from * size() + to]; }
  const std::vector<BaseHop>& hops(uint32_t machine) const { return hops_[machine]; }
  /// The first hops from one machine to another: the shortest path's, then the loop-free alternates
  /// by length. Empty where there is no path, or `from` is `to`.
  std::vector<BaseHop> ways(uint32_t from, uint32_t to) const;

 private:
  std::vector<std::vector<BaseHop>> hops_;
  std::vector<uint64_t> distance_;  // row by row
};

}  // namespace vinet::plan
