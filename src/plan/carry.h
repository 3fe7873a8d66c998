// Carrying along: internets that run on an internet that is being changed, and are not described
// themselves.
#pragma once

#include <string>
#include <vector>

#include "plan/grounds.h"
#include "plan/plan.h"

namespace vinet::plan {

/// Puts a running internet onto what it stands on as that is now: machines are found by their
/// names, base addresses and `flattened` follow; all else stays as it runs. In:  `plan` holds the
/// lower internet as it is now, and all below it; `grounds` is over it. Out: why it does not fit
/// any more, as phrases; empty: it does.
std::vector<std::string> carry_along(const InternetPlan& lower_before, const Plan& plan,
                                     Grounds& grounds, InternetPlan& upper);

}  // namespace vinet::plan
