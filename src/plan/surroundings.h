// What the plan of one internet must take into account besides its description.
#pragma once

#include <vector>

#include "net/ip.h"
#include "plan/plan.h"

namespace vinet::plan {

struct Surroundings {
  /// What the computer itself uses.
  std::vector<net::IpPrefix> own_prefixes;
  /// The other internets on the same base, running or of the same file: their addresses are kept
  /// apart from (SITN).
  std::vector<const InternetPlan*> others;
  /// The same internet before, on the same base; null if there was none. What it has and still fits
  /// stays.
  const InternetPlan* previous = nullptr;
};

}  // namespace vinet::plan
