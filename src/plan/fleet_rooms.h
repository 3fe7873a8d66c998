// Which machines of a fleet take new nodes of an internet, and how many.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "plan/inventory.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// A new node on a machine that its description names.
struct NewNode {
  uint32_t node = 0;     ///< index into the internet's
  uint32_t machine = 0;  ///< index into the base's
};

/// How many nodes without `at` each machine may get: none where it takes none (drained, away) or
/// does not meet `where`; else what its attribute `nodes` says less those of `placed`; no limit
/// where it says nothing, or where nothing is known of any machine (then `where` is warned about).
/// `wanted`: that are to be placed.
/// Errors: `where` that is none or has no use; a machine of `placed` that takes no nodes, or not so
///         many; too few for `wanted`, with the attribute that is missing and who says what
///         instead.
std::vector<size_t> rooms_of(const graph::Internet& internet, const BasePlan& base,
                             const std::map<std::string, MachineFacts>& facts,
                             const std::vector<NewNode>& placed, size_t wanted,
                             Diagnostics& diagnostics);

/// Is anything known of a machine of this base?
bool knows_fleet(const BasePlan& base, const std::map<std::string, MachineFacts>& facts);

}  // namespace vinet::plan
