// Holding: the share of one base or internet that one machine of a fleet realises, as it lies in
// the machine's own store: all that the machine needs to keep it without its controller.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "slice/slice.h"

namespace vinet::fleet {

struct Holding {
  std::string owner;  ///< `fleet`, `line`
  bool internet = false;
  /// Those whose anchors lie on this machine: one, or more where nodes of it are anchors.
  std::vector<slice::Slice> slices;
  std::vector<std::string> namespaces;      ///< that the slices name, sorted
  std::map<std::string, std::string> runs;  ///< command line by node (`line.A`)
  std::string hosts_text;                   ///< what /etc/hosts of its nodes says
  std::string tenant;                       ///< whose it is; empty: the operator's
  /// Time left when this was sent: durations travel, not dates (faults.md F-76). None: no lease.
  std::optional<uint64_t> lease_s;
  friend bool operator==(const Holding&, const Holding&) = default;
};

/// Equal for holdings that ask for the same; the time left is no part of it. 16 hex digits.
std::string digest_of(const Holding& holding);

}  // namespace vinet::fleet
