// lower: Plan -> one Slice per machine. All that the kernel is to hold is decided here, nothing is
// done.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "slice/slice.h"

namespace vinet::slice {

/// The slices of a base: one per machine, in the order of the plan. A base link belongs to the
/// slice of the end whose namespace name sorts first, which is made its end `a`: so the kernel's
/// state can be told apart without the plan.
std::vector<Slice> lower(const plan::BasePlan& base);

/// The slices of an internet: one per machine of `base` that holds a node of it, in the order of
/// the base's machines. In: a plan that was made for `base`. Rates are rounded down to whole bytes
/// per second.
std::vector<Slice> lower(const plan::InternetPlan& internet, const plan::BasePlan& base);

/// The slices of an internet on a base or on an internet: one per anchor that holds a node of it.
/// In: `world`: all that runs or shall run, `internet` and what is under and above it among them.
///     Ways of flattened ends above the first layer are left closed: the machine opens them, when
///     it knows what the lower nodes' FIBs say (machine/resolve.h).
std::vector<Slice> lower(const plan::InternetPlan& internet, const plan::Plan& world);

/// What /etc/hosts of every node of the internet says: localhost, then each identity with its names
/// `A` and `A.fig11`.
std::string hosts_text(const plan::InternetPlan& internet);

/// What leaves less than 64 kB for GSO: a super-packet plus its headers must stay under it (DESIGN
/// §4).
constexpr uint32_t gso_max_bytes(uint32_t header_count) {
  return 65536 - 20 * header_count - 100;
}

}  // namespace vinet::slice
