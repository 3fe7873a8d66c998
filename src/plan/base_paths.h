// Paths through a base: distances between machines, and by which links a packet may leave a machine
// towards another.
//
// Problem:   when a base link goes down, traffic moves to another way without a routing protocol,
//            and never loops.
// Approach:  besides the shortest path each machine keeps its loop-free alternates (RFC 5286 §3.1,
//            inequality 1): a neighbour N of S protects the way to D if distance(N, D) <
//            distance(N, S) + distance(S, D), for then N's own shortest path to D does not come
//            back through S. The kernel takes the best route that has a carrier. Distances are
//            found when they are asked for, one search for each target: a base may be an internet
//            of many nodes of which few are in use.
// Invariant: a packet that uses at most one alternate reaches its machine, through machines with
//            `transit` only. Ties are broken by the order of links, so that the same base has the
//            same paths.
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
  /// Cost: O(L) here; O(L log M) time for each machine that is asked for as a target, and O(M)
  /// memory, of which at most 64 MB are kept.
  explicit BasePaths(const BasePlan& base);

  size_t size() const { return hops_.size(); }
  /// Sum of the costs of the links of the shortest path, or kUnreachable. Between machines of a
  /// fleet 1: its network is not ours, and is taken to join all of them.
  uint64_t distance(uint32_t from, uint32_t to) { return to_target(to)[from]; }
  const std::vector<BaseHop>& hops(uint32_t machine) const { return hops_[machine]; }
  /// The first hops from one machine to another: the shortest path's, then the loop-free alternates
  /// by length. Empty where there is no path, or `from` is `to`, and on a fleet, which has no
  /// links.
  std::vector<BaseHop> ways(uint32_t from, uint32_t to);

 private:
  /// Distances of all machines to one, which are those from it: costs are the same both ways.
  const std::vector<uint64_t>& to_target(uint32_t to);
  /// Distances of the far ends of a machine's hops to it.
  const std::vector<uint64_t>& near(uint32_t machine);
  /// Distances from a machine as far as `radius`; further ones may be missing.
  void search(uint32_t from, uint64_t radius, std::vector<uint64_t>& distance,
              std::vector<uint32_t>& reached) const;

  std::vector<std::vector<BaseHop>> hops_;
  bool fleet_ = false;
  std::vector<bool> transit_;
  std::vector<std::vector<uint64_t>> rows_;  // of each target that was asked for
  size_t rows_kept_ = 0;
  std::vector<std::vector<uint64_t>> near_;
  std::vector<uint64_t> scratch_;
};

}  // namespace vinet::plan
