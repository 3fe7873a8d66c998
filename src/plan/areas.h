// Whose each address of the pool is.
//
// Problem:   routes to aggregates also lead addresses that nobody has; these must not loop.
// Approach:  every address of the pool belongs to one node. Blocks and hand-set addresses belong to
//            their nodes; what lies between goes to a neighbour in the pool, to one with transit if
//            there is one, for that answers; with equal neighbours the border is where the longest
//            prefixes meet. What lies behind the last block goes to the root.
//
//      10.0.0.0       .16        .32            .64                        pool 10.0.0.0/22
//      | block of A    | block of B | free        | free ...
//      | area of A     | area of B                | area of A, the root
//
// Invariant: areas are disjoint and cover the pool. So a table that leads each address to the node
//            whose it is, is loop-free as the paths to nodes are, and there the address ends: as
//            the node's own, or in its unreachable route.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "net/ip.h"
#include "plan/plan.h"

namespace vinet::plan {

/// Addresses `begin` .. `end` - 1. IPv6 addresses are told by the IPv4 address that they mirror
/// (pool.h).
struct Area {
  uint32_t begin, end;
  uint32_t node;
  friend bool operator==(const Area&, const Area&) = default;
};

struct Areas {
  std::vector<Area> inside;  ///< sorted; of the pool
  std::vector<std::pair<net::IpAddress, uint32_t>>
      outside;  ///< hand-set addresses that are not in the pool, and whose they are; sorted
  friend bool operator==(const Areas&, const Areas&) = default;
};

/// In:   `plan` with pools, blocks and addresses; for IPv6 a pool6.
/// Cost: O(n log n) in the number of addresses.
Areas find_areas(const InternetPlan& plan, bool ipv6, uint32_t root);

}  // namespace vinet::plan
