// model_check: does a plan that runs hold what a plan promises? Nothing of how it was made is asked
// again: addresses, routes and MTUs are taken as they stand and tried.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

/// Something that a plan must not hold.
struct ModelFault {
  std::string where;  ///< in full: `fig11.A`, `fig11.A-B`, `lab.X`
  std::string what;
  friend bool operator==(const ModelFault&, const ModelFault&) = default;
};

struct ModelReport {
  std::vector<ModelFault> faults;
  size_t more_faults = 0;          ///< of routes, beyond those listed
  std::vector<std::string> notes;  ///< what is as it may be, but worth a line
  size_t routes = 0;
  uint64_t ways = 0;  ///< from a node to an address of another, each walked to its end
  uint64_t addresses = 0, addresses_walked = 0;
};

/// Checks one base or internet of what runs, beside the rest of it:
///   addresses  SITN: those of machines and base links in their base; link addresses on each bottom
///              machine; end addresses in each node, and each with one owner in the internet
///   names      of devices, in each node and machine
///   routes     loop-free and complete, walked (route_walk.h); a base's alternates too
///   MTUs       of links: no more than the path below carries, less the headers; enough for IP
///   stacks     above the first layer: link addresses of the lower nodes' blocks, to which lower's
///              routes are walked; flattened where it may be
/// Cost: of routes see route_walk.h; else O(n log n).
ModelReport check_model(const BasePlan& base);
/// In: `running` holds the internet, all below it and what runs beside it.
ModelReport check_model(const InternetPlan& internet, const Plan& running);

}  // namespace vinet::plan
