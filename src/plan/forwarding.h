// Forwarding: what each node of a plan does with a packet for an address, as its kernel would do
// it.
//
// Problem:   ask every node about every address, for a check that trusts nothing the planner found.
// Approach:  a node's routes of one family become a row of ranges, each with the next hops of the
//            longest prefix that covers it (prefixes nest or are apart, so one sweep with a stack
//            does); a question is one binary search. Two addresses are known without a route: an
//            own one, and the far end's of an own link (the kernel's own route to a peer).
// Invariant: a next hop is a neighbour over the very device that the route names; a route of which
//            that is not true is told, and leads nowhere.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

/// An address of either family as a number.
struct AddressNumber {
  uint64_t high = 0, low = 0;
  friend auto operator<=>(const AddressNumber&, const AddressNumber&) = default;
};
AddressNumber number_of(const net::IpAddress& address);

/// An interface, as far as forwarding asks.
struct Adjacency {
  const std::string* device = nullptr;
  net::IpAddress own, far;  ///< point to point
  uint32_t node = 0;        ///< at the far end
};

/// A node of an internet or a machine of a base, in one family.
struct ForwardingNode {
  const std::string* name = nullptr;
  bool transit = true;
  std::vector<net::IpAddress> destinations;  ///< own addresses that all others shall reach
  std::vector<Adjacency> adjacencies;
  const std::vector<net::Route>* routes = nullptr;
};

/// Those of one family; nodes without an address of it have no destinations.
std::vector<ForwardingNode> forwarding_nodes(const InternetPlan& internet, bool ipv6);
std::vector<ForwardingNode> forwarding_nodes(const BasePlan& base);

/// A route that names a next hop that is no neighbour.
struct BrokenRoute {
  uint32_t node = 0;
  const net::Route* route = nullptr;
  std::string why;
};

class Forwarding {
 public:
  /// `nodes` must outlive it. Cost: O(R log R) in the routes of this family.
  Forwarding(const std::vector<ForwardingNode>& nodes, bool ipv6);

  /// The nodes that a packet for the address may go to next; empty: nowhere. Not for the address's
  /// own node, and without a look at peers. Cost: O(log R) in the node's routes.
  std::span<const uint32_t> next(uint32_t node, const AddressNumber& address) const;
  const std::vector<BrokenRoute>& broken() const { return broken_; }
  size_t routes() const { return routes_; }

 private:
  struct Range {
    AddressNumber begin;
    uint32_t first = 0, count = 0;  // into hops_
  };
  void add_node(uint32_t index, const ForwardingNode& node, bool ipv6);
  Range resolve(uint32_t index, const ForwardingNode& node, const net::Route& route);

  std::vector<Range> ranges_;
  std::vector<size_t> first_range_;  // of each node; one more at the end
  std::vector<uint32_t> hops_;
  std::vector<BrokenRoute> broken_;
  size_t routes_ = 0;
};

}  // namespace vinet::plan
