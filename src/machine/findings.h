// Findings: what a check of the kernel, or a canary, has to tell. Part of the interface machine.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "slice/slice.h"

namespace vinet::machine {

/// One thing that is not as planned, or that is worth a line.
struct Finding {
  enum class Weight : uint8_t {
    kFault,  ///< not what the description says
    kNote,   ///< allowed, and worth knowing: what a tenant added, a smaller path MTU
  };
  Weight weight = Weight::kFault;
  std::string owner;    ///< the base or internet that it is told of: `fig11`
  std::string where;    ///< namespace: `fig11.A`, `lab.Y`
  std::string what;     ///< `route to 10.0.0.16/28`, `vi_keys entry of link A-B at B`
  std::string planned;  ///< empty: nothing is
  std::string found;    ///< empty: nothing was
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What is to be compared with the kernel.
struct CheckRequest {
  /// All that runs: what is not asked for is needed to tell its entries from strangers'.
  std::vector<slice::Slice> want;
  std::vector<std::string> owners;  ///< that are asked for
};

/// What was compared of one owner.
struct Compared {
  std::string owner;
  size_t namespaces = 0, devices = 0, addresses = 0, routes = 0, map_entries = 0, filters = 0;
  friend bool operator==(const Compared&, const Compared&) = default;
};

struct CheckReport {
  std::vector<Finding> findings;   ///< sorted by owner and place, faults first in each
  std::vector<Compared> compared;  ///< in the order of the owners that were asked for
};

/// Packets that are sent to see where they arrive.
struct CanaryRequest {
  std::vector<slice::Slice> internets;  ///< of all internets of the bases concerned
  std::vector<std::string> owners;      ///< whose links and whose isolation are tried
};

/// Canary packets of one kind.
struct CanaryKind {
  std::string name;      ///< `over own links`, `to foreign end addresses`, ...
  uint64_t sent = 0;     ///< that left the sender's socket
  uint64_t refused = 0;  ///< by the sender's own stack
  uint64_t arrived = 0;
  bool shall_arrive = false;
  friend bool operator==(const CanaryKind&, const CanaryKind&) = default;
};

struct CanaryReport {
  std::vector<Finding> findings;
  std::vector<CanaryKind> kinds;
  size_t nodes = 0, listened = 0;    ///< nodes that take part, those of them that were listened at
  std::vector<std::string> sampled;  ///< what was not tried in full, one line each
};

}  // namespace vinet::machine
