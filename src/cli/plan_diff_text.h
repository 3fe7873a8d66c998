// The changes of `vinet plan --diff` as text and as JSON.
#pragma once

#include <string>
#include <vector>

#include "plan/plan_diff.h"

namespace vinet::cli {

/// One line an object: `+ node fig11.E at Y, ...`; routes as one line a node or machine.
std::string text_of(const std::vector<plan::ObjectChange>& changes, bool colour);

/// {"changes": [{"what": "moved", "kind": "node", "name": "fig11.A", "facts": [{"fact": "at",
/// "from": "X", "to": "Y"}]}]}
std::string json_of(const std::vector<plan::ObjectChange>& changes);

}  // namespace vinet::cli
