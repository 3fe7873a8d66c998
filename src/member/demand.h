// Demand: what holdings take of a computer.
#pragma once

#include <cstdint>

#include "member/records.h"

namespace vinet::member {

struct Demand {
  uint64_t nodes = 0;         ///< namespaces that are made
  uint64_t devices = 0;       ///< veth pairs
  uint64_t memory_bytes = 0;  ///< of the kernel, without programs and what is in queues: about
  Demand& operator+=(const Demand& other);
  friend bool operator==(const Demand&, const Demand&) = default;
};

/// What a node takes with nothing but lo, and each of its links' ends: measured, rounded up
/// (docs/operations.md).
constexpr uint64_t kNodeBytes = 250'000;
constexpr uint64_t kLinkEndBytes = 110'000;

Demand demand_of(const fleet::Holding& holding);
Demand demand_of(const Records& records);

}  // namespace vinet::member
