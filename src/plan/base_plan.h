// Plans a base of kind lab: base addresses, base links, base routes; and compares a description
// with what runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/inventory.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// The metric of a base route over the shortest path; the k-th alternate has kBaseMetric + k (the
/// kernel tells routes to one destination apart by their metric).
inline constexpr uint32_t kBaseMetric = 100;

/// Machines get 192.168.0.1, .2, ... on lo, links pairs of 192.168.128.0/17. Labs may repeat each
/// other's: their machines never meet (SITN). Each machine gets the routes of base_paths.h to every
/// other. Where the base was before (`previous`, may be null), what it still has keeps its
/// addresses and device names. Errors: too many machines or links, a link from a machine to itself,
/// sizes and costs out of
///         range, `rate` where the kernel cannot.
/// Cost:   O(M² · degree) routes.
std::optional<BasePlan> make_base_plan(const graph::Base& base, const Features& features,
                                       const BasePlan* previous, Diagnostics& diagnostics);

/// What a description says otherwise than the running base, as phrases: "machine 'W' is new".
/// Empty: the same base. The order of statements does not matter. Of labs and fleets.
std::vector<std::string> base_differences(const graph::Base& base, const BasePlan& running);

}  // namespace vinet::plan
