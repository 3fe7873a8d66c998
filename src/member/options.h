// Options: what a machine of a fleet is told by its owner, and how it learns what this computer
// has.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "control/lease.h"
#include "machine/machine.h"
#include "net/ip.h"

namespace vinet::member {

/// Admission limits and words of the owner (`vinet daemon --most-nodes ...`).
struct Options {
  std::optional<uint64_t> most_nodes, most_memory_bytes;
  std::map<std::string, std::string> attributes;
  std::string version;
  /// Link ends that the maps of one machine can hold (kernel::Programs::most_links).
  uint64_t most_link_ends = 0;
};

/// So many there can be, and so many there are.
struct Room {
  uint64_t most = 0, used = 0;
};

/// What this computer has, at this moment. Every call may come from any thread.
struct Surroundings {
  std::function<control::Clocks()> clocks;
  /// CLOCK_BOOTTIME: what reservations expire by.
  std::function<std::chrono::milliseconds()> boottime;
  std::function<uint64_t()> memory_bytes;       ///< all
  std::function<uint64_t()> free_memory_bytes;  ///< MemAvailable
  std::function<uint64_t()> cpus;
  /// user.max_net_namespaces, and network namespaces that can be seen.
  std::function<Room()> network_namespaces;
  /// Is there a namespace, or the file of one, of that name under this root?
  std::function<bool(const std::string&)> has_namespace;
  /// May packets be sent from it?
  std::function<bool(net::Ipv4)> has_address;
  /// That packets to other machines leave from; 0.0.0.0 where there is none.
  std::function<net::Ipv4()> base_address;
};

/// Those of the computer and network namespace in which this process is.
Surroundings real_surroundings(const std::string& root);

/// A machine for one call, so that calls do not wait for each other. Callable from any thread.
using OpenMachine = std::function<std::shared_ptr<machine::Machine>()>;

}  // namespace vinet::member
