// What the plan of one internet must take into account besides its description.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "net/ip.h"
#include "plan/inventory.h"
#include "plan/plan.h"

namespace vinet::plan {

struct Surroundings {
  /// What the computer itself uses; on a fleet its machines.
  std::vector<net::IpPrefix> own_prefixes;
  /// The other internets on the same base or internet, running or of the same file: their link
  /// addresses are kept apart from (SITN).
  std::vector<const InternetPlan*> others;
  /// All other internets over the same base, in whatever layer: the others and those below and
  /// above, whose end addresses are kept apart from.
  std::vector<const InternetPlan*> beside;
  /// What stands on this internet, as it was planned before: its link addresses lie in this one's
  /// blocks.
  std::vector<const InternetPlan*> above;
  /// The internet that this one stands on; null where that is a base.
  const InternetPlan* lower = nullptr;
  /// The same internet before, on the same base; null if there was none. What it has and still fits
  /// stays.
  const InternetPlan* previous = nullptr;
  /// What machines of fleets say of themselves, by daemon; null: nothing is known.
  const std::map<std::string, MachineFacts>* facts = nullptr;
};

}  // namespace vinet::plan
