// Shares: what an internet is guaranteed on every link of its base (DESIGN §4).
#pragma once

#include <cstdint>
#include <string>

#include "graph/graph.h"
#include "plan/inventory.h"
#include "plan/plan.h"
#include "plan/surroundings.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// The number under which the kernel knows the share of an internet: of its name alone, so that
/// whose it is can be told without a plan.
uint16_t share_id(const std::string& internet);

/// Errors: a link of the base without `rate`; shares of the internets on it that together exceed
/// the
///         rate of a link; two of them with one number.
void check_shares(const graph::Internet& internet, const BasePlan& base,
                  const Surroundings& surroundings, const Features& features,
                  Diagnostics& diagnostics);

}  // namespace vinet::plan
