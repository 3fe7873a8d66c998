// The smallest forwarding table that sends each address its way.
//
// Problem:   a row of address ranges, each with a colour (a way out); as few prefixes as possible
//            whose longest match gives every address its colour.
// Approach:  Optimal Routing Table Constructor (Draves, King, Venkatachary and Zill 1999): from the
//            leaves up each prefix of the binary tree learns the colours that cost least for it,
//            the ones common to both halves or else those of either; from the root down a prefix
//            is written where its best colours do not hold the inherited one.
// Invariant: each address of the root prefix has the colour of its range, and no table of fewer
//            prefixes that covers the root prefix does that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vinet::plan {

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
  /// The table of the prefix `network`/`length`. Where several are smallest, lower colours are
  /// chosen.
  /// In:   ranges sorted by `begin`, the first at `network`, none behind the prefix.
  /// Out:  sorted by network, then length; valid until the next call.
  /// Cost: O(ranges · 32 · colours) at most; about linear for ranges along a tree.
  const std::vector<ColouredPrefix>& make(uint32_t network, uint8_t length,
                                          const std::vector<ColouredRange>& ranges);

 private:
  struct Node {
    uint32_t low = 0, high = 0;   // halves; 0: none
    uint32_t begin = 0, end = 0;  // its best colours, in colours_
  };
  uint32_t learn(uint64_t network, unsigned length, size_t first, size_t last);
  void write(uint32_t node, uint64_t network, unsigned length, const uint32_t* inherited);

  const ColouredRange* ranges_ = nullptr;
  std::vector<Node> nodes_;
  std::vector<uint32_t> colours_;
  std::vector<ColouredPrefix> table_;
};

}  // namespace vinet::plan
