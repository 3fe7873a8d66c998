// A Plan as JSON: for `--json`, and to store it. What is written can be read back.
//
//   {"bases": [{"name": "lab", "machines": [...], "links": [...]}],
//    "internets": [{"name": "fig11", "base": "lab", "nodes": [...], "links": [...]}]}
//
// Machines, nodes, links and devices are called by their names, addresses and prefixes are text,
// everything else has the name it has in plan.h. What is absent in the plan is absent in the text.
#pragma once

#include <string>
#include <string_view>

#include "plan/plan.h"
#include "support/result.h"

namespace vinet::plan {

/// `indent`: spaces a level; -1: all on one line, less than half the size. Ends with a newline.
/// Cost: O(size).
std::string to_json(const Plan& plan, int indent = 2);

/// Reads what to_json wrote: from_json(to_json(p)) == p for every plan whose names are unique where
/// they must be.
/// Errors: invalid_argument with the place (`internets[0].nodes[2].identity: ...`) where the text
///         is no JSON, a member is missing, unknown, of another type or out of range, or a name is
///         unknown or given twice.
Result<Plan> from_json(std::string_view text);

}  // namespace vinet::plan
