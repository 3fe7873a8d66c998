// The inventory: what the planner must know of the world besides the description. A value; who
// fills it is elsewhere.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "net/ip.h"
#include "plan/plan.h"

namespace vinet::plan {

/// What the kernel of this computer can do, by probing, never by version.
struct Features {
  bool netem = true;  ///< `delay`
  bool tbf = true;    ///< `rate`
  bool htb = true;    ///< `share`
  friend bool operator==(const Features&, const Features&) = default;
};

/// What is known of a machine of a fleet: its daemon says so.
struct MachineFacts {
  net::Ipv4 base_address;  ///< that packets to other machines leave from; 0.0.0.0: unknown
  Features features;
  /// The machine's own addresses and routes, as Inventory's.
  std::vector<net::IpPrefix> own_prefixes;
  /// What `where` asks about: `memory` (bytes), `cpus`, `nodes` (that it still takes), and what its
  /// owner calls it, `role = router`.
  std::map<std::string, std::string> attributes;
  std::string takes_none_because;  ///< away, drained, too old; empty: it takes nodes
  friend bool operator==(const MachineFacts&, const MachineFacts&) = default;
};

struct Inventory {
  Features features;
  /// The computer's own addresses and the destinations of its routes, the default route left out.
  /// Automatic allocation keeps away from them.
  std::vector<net::IpPrefix> own_prefixes;
  /// What runs already: bases to build on, addresses to keep apart from (SITN, VI §II.2).
  Plan running;
  /// Machines of fleets, by their daemons (`192.0.2.10:7411`); only those that were asked.
  std::map<std::string, MachineFacts> fleet;
};

}  // namespace vinet::plan
