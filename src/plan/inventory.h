// The inventory: what the planner must know of the world besides the description. A value; who
// fills it is elsewhere.
#pragma once

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

struct Inventory {
  Features features;
  /// The computer's own addresses and the destinations of its routes, the default route left out.
  /// Automatic allocation keeps away from them.
  std::vector<net::IpPrefix> own_prefixes;
  /// What runs already: bases to build on, addresses to keep apart from (SITN, VI §II.2).
  Plan running;
};

}  // namespace vinet::plan
