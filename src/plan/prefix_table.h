// The smallest forwarding table that sends each address its way, and nowhere else when a way is
// lost.
//
// Problem:   a row of address ranges, each with a colour (a way out, or none); as few routes as
//            possible whose longest match gives every address its colour. A lost route (its device
//            is down) must not leave its addresses to a shorter prefix with another way: the next
//            node would send them back. So between a prefix and a shorter one with another way
//            stands an unreachable route, for that prefix or for an aggregate around it.
// Approach:  as the Optimal Routing Table Constructor (Draves, King, Venkatachary and Zill 1999),
//            with that price: from the leaves up each prefix of the binary tree learns what its
//            part costs for each colour that may be inherited; from the root down the cheaper
//            choice is written.
//
//      cost(prefix | c inherited) is at most one more than cost(prefix | nowhere inherited), as
//      an unreachable route makes the one of the other, and at least one less, as a route of c
//      makes the other of the one. So a prefix keeps its cost for `nowhere`, and of the colours
//      only those that cost one less or the same.
//
// Invariant: each address of the root prefix has the colour of its range; without any of the
//            unicast routes, it has that colour or is unreachable. No table of fewer routes that
//            covers the root prefix does that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vinet::plan {

/// The colour of what no way leads to: unreachable.
inline constexpr uint32_t kNowhere = ~uint32_t{0};

/// The addresses from `begin` up to the next range's have this colour.
struct ColouredRange {
  uint32_t begin;
  uint32_t colour;
};

struct ColouredPrefix {
  uint32_t network;
  uint8_t length;
  uint32_t colour;
  friend bool operator==(const ColouredPrefix&, const ColouredPrefix&) = default;
};

/// Keeps its memory from table to table.
class PrefixTable {
 public:
  /// The table of the prefix `network`/`length`. Where several are smallest, `nowhere` is
  /// preferred, then lower colours. In:   ranges sorted by `begin`, the first at `network`, none
  /// behind the prefix. Out:  sorted by network, then length; one prefix may have a way and, behind
  /// it, kNowhere for
  ///       when that is lost. Valid until the next call.
  /// Cost: O(ranges · 32 · colours) at most; about linear for ranges along a tree.
  const std::vector<ColouredPrefix>& make(uint32_t network, uint8_t length,
                                          const std::vector<ColouredRange>& ranges);

 private:
  /// What a colour costs more than kNowhere: -1 or 0; 1 for colours that are not listed.
  struct Price {
    uint32_t colour;
    int more;
  };
  struct Node {
    uint32_t low = 0, high = 0;   // halves; 0: a leaf
    uint32_t begin = 0, end = 0;  // its prices, in prices_, by colour
    uint32_t colour = kNowhere;   // of a leaf; else a colour worth a route of its own, or kNowhere
  };
  uint32_t learn(uint64_t network, unsigned length, size_t first, size_t last);
  void join(Node& node);
  int price(uint32_t node, uint32_t colour) const;
  void write(uint32_t node, uint64_t network, unsigned length, uint32_t inherited);

  const ColouredRange* ranges_ = nullptr;
  std::vector<Node> nodes_;
  std::vector<Price> prices_;
  std::vector<ColouredPrefix> table_;
};

}  // namespace vinet::plan
