// The links of an internet as its nodes see them, for one address family.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

struct Hop {
  uint32_t link;
  uint32_t neighbour;
};

class Topology {
 public:
  /// `ipv6`: only links that carry it.
  /// Cost: O(N + L).
  Topology(const InternetPlan& plan, bool ipv6);

  uint32_t size() const { return static_cast<uint32_t>(first_.size() - 1); }
  /// In the order of links.
  std::span<const Hop> hops(uint32_t node) const {
    return {hops_.data() + first_[node], hops_.data() + first_[node + 1]};
  }

 private:
  std::vector<uint32_t> first_;  // of each node, and one more
  std::vector<Hop> hops_;
};

}  // namespace vinet::plan
