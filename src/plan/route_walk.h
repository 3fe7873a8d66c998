// route_walk: walks the routes of a plan from everywhere to everywhere.
//
// Problem:   prove that every packet reaches the owner of its address, passes no node twice, and
//            leads through no host without `transit`. There are n² ways.
// Approach:  per address, the next hops of all nodes are one graph with n nodes; one depth-first
//            search over it settles all n ways at once, since ways that meet go on together. Who
//            shall arrive is found apart from routes: by a search over the links, from the owner,
//            through nodes with `transit` only.
// Invariant: a node is marked `arrives` only if all its next hops are, and are the owner or let
//            others through; a search that meets an open node has found a loop.
// Cost:      one question to Forwarding for each node and address. Where that is more than the
//            budget, the owners whose addresses are walked to are taken evenly from all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/forwarding.h"

namespace vinet::plan {

struct WayFault {
  uint32_t node = 0;  ///< where a packet goes wrong
  std::string what;
};

struct WalkReport {
  std::vector<WayFault> faults;  ///< the first kMostFaults, each once a node and owner
  size_t fault_count = 0;
  uint64_t ways = 0;  ///< from a node to an address of another
  uint64_t addresses = 0, addresses_walked = 0;

  static constexpr size_t kMostFaults = 200;
};

/// About four seconds' work: all ways between 2,000 nodes with four addresses each.
inline constexpr uint64_t kWalkBudget = 40'000'000;

/// Walks to all addresses of all nodes, or of as many owners as the budget (in questions) lets.
WalkReport walk_routes(const std::vector<ForwardingNode>& nodes, const Forwarding& forwarding,
                       uint64_t budget = kWalkBudget);

/// The same for routes of a higher metric, which take over where a link is down: from the neighbour
/// that one leads to, the best routes must arrive without coming back. Only for routes without
/// ECMP.
WalkReport walk_alternates(const std::vector<ForwardingNode>& nodes, const Forwarding& forwarding,
                           uint64_t budget = kWalkBudget);

}  // namespace vinet::plan
