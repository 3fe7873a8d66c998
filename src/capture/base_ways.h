// The base interfaces that packets between two machines can pass.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace vinet::capture {

/// An end of a base link.
struct BaseEnd {
  uint32_t link = 0;
  bool at_a = true;
  friend auto operator<=>(const BaseEnd&, const BaseEnd&) = default;
};

const plan::BaseLinkEnd& end_of(const plan::BasePlan& base, const BaseEnd& end);
const plan::BaseLinkEnd& other_end_of(const plan::BasePlan& base, const BaseEnd& end);

/// Walks the routes of the machines, spare ones included, from each of the two to the other. Each
/// end once, in the order in which they are met on the way from the first to the second.
std::vector<BaseEnd> ways_between(const plan::BasePlan& base, plan::MachineId first,
                                  plan::MachineId second);

}  // namespace vinet::capture
