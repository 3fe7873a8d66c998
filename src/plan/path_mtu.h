// PathMtu: what the routes of a base carry from one machine to another.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "plan/forwarding.h"
#include "plan/plan.h"

namespace vinet::plan {

/// Reads the routes that the machines have, alternates included, not the costs they came from.
class PathMtu {
 public:
  /// Cost: O(R log R) in the base's routes.
  explicit PathMtu(const BasePlan& base);

  /// The largest packet that gets through both ways, whichever of the routes it takes; no more than
  /// headers can be pushed onto (docs/dataplane.md). Inside one machine: the machine's mtu. Nothing
  /// where there is no way. Cost: O(M log M) in the machines on the way, once a pair.
  std::optional<uint32_t> between(uint32_t x, uint32_t y);

 private:
  struct Way {
    uint32_t to = 0;  // base address of the machine that it leads to
    uint32_t next = 0, mtu_bytes = 0;
  };
  std::optional<uint32_t> one_way(uint32_t from, uint32_t to) const;

  const BasePlan& base_;
  std::vector<std::vector<Way>> ways_;  // of each machine, sorted
  std::map<std::pair<uint32_t, uint32_t>, std::optional<uint32_t>> known_;
};

/// The same between the nodes of an internet, for what stands on it: its routes are walked towards
/// the link addresses.
class LowerPathMtu {
 public:
  /// `lower` outlives it. Cost: O(R log R) in its routes.
  explicit LowerPathMtu(const InternetPlan& lower);

  /// From a node of `lower` to an address of the block of another; nothing where no route leads
  /// there. Cost: O(log R) for each node on the way.
  std::optional<uint32_t> one_way(uint32_t from, uint32_t to, net::Ipv4 address) const;

 private:
  std::vector<ForwardingNode> nodes_;
  Forwarding forwarding_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> mtus_;  // of the narrowest link of two nodes
};

}  // namespace vinet::plan
