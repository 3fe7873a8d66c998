// What only a check of the whole asks about a namespace: things that vinet never makes, or that the
// kernel makes by itself, and that change where packets go all the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/objects.h"

namespace vinet::kernel {

inline constexpr uint8_t kKernelProtocol = 2;  // RTPROT_KERNEL
inline constexpr uint32_t kMainTable = 254;    // RT_TABLE_MAIN
inline constexpr uint32_t kLocalTable = 255;   // RT_TABLE_LOCAL

/// A route of any table and protocol.
struct AnyRoute {
  net::Route route;  ///< its type is of use only where `type` is unicast or unreachable
  uint32_t table = kMainTable;
  uint8_t protocol = 0;
  std::string type;  ///< `unicast`, `local`, `unreachable`, `blackhole`, ...
  friend bool operator==(const AnyRoute&, const AnyRoute&) = default;
};

/// A rule that says which table is asked.
struct Rule {
  bool ipv6 = false;
  uint32_t priority = 0;
  uint32_t table = 0;
  bool plain = true;  ///< for all packets, and says a table
  friend auto operator<=>(const Rule&, const Rule&) = default;
};

/// A device's IPv6, and what comes before all filters.
struct DeviceDetails {
  std::string name;
  uint32_t ifindex = 0;
  bool ipv6 = false, ipv6_forwarding = false;
  bool rp_filter = false;
  bool xdp = false;  ///< an XDP program is attached
  friend bool operator==(const DeviceDetails&, const DeviceDetails&) = default;
};

struct Inspection {
  std::vector<AnyRoute> routes;  ///< without broadcast, anycast, multicast and link-local ones
  std::vector<Rule> rules;       ///< sorted
  std::vector<DeviceDetails> devices;
};

/// A filter of a machine, in the order in which packets meet them.
struct Filter {
  std::string device;  ///< empty: of the block that backsides share
  bool egress = false;
  uint32_t priority = 0;
  std::string kind, name;
  uint32_t program_id = 0;
  std::string tag;  ///< of the program's code; empty if it is no BPF program
  friend bool operator==(const Filter&, const Filter&) = default;
};

}  // namespace vinet::kernel
