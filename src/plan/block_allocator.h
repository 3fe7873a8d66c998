// Takes aligned blocks from an IPv4 prefix, lowest first.
//
// Problem:   give out blocks whose sizes are powers of two, each aligned to its size, around what
//            is taken already.
// Approach:  what is taken is a sorted map of intervals; for each size the search starts where the
//            last one of that size ended, as nothing below can have become free.
// Invariant: intervals are disjoint. With nothing taken at the start, blocks always fit while their
//            sizes sum to no more than the prefix (first fit leaves at most one hole of each size).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "net/ip.h"

namespace vinet::plan {

class BlockAllocator {
 public:
  explicit BlockAllocator(const net::IpPrefix& pool);  ///< IPv4

  /// Takes whatever of `prefix` is in the pool and free. IPv6 prefixes change nothing.
  void block(const net::IpPrefix& prefix);
  /// Takes exactly this prefix; false, and nothing changes, if it is not free or not wholly in the
  /// pool.
  bool take(const net::IpPrefix& prefix);
  /// Takes the lowest free block of `size` addresses, a power of two; nothing if there is none.
  /// Cost: O(log n) amortised over the blocks of one size.
  std::optional<net::IpPrefix> allocate(uint64_t size);

  uint64_t size() const { return end_ - begin_; }
  uint64_t taken() const { return taken_; }  ///< addresses

 private:
  uint64_t begin_, end_;                    // end exclusive
  std::map<uint64_t, uint64_t> intervals_;  // begin -> end
  std::array<uint64_t, 33> lowest_{};       // per log2(size): nothing is free below
  uint64_t taken_ = 0;
};

/// The smallest power of two that is at least n; 1 for 0.
uint64_t power_of_two(uint64_t n);

}  // namespace vinet::plan
