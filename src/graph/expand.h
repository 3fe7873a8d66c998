// Ast to Graph: the meaning of a file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "lang/ast.h"
#include "support/diagnostics.h"

namespace vinet::graph {

struct ExpandOptions {
  Limits limits;
  /// Bases that run already: what `on lab` means in a file that declares no `lab`.
  std::vector<Base> running_bases;
  /// `--set NAME=VALUE`: values for lets at the top of the file.
  std::map<std::string, int64_t> values;
};

/// Expands a whole file: arrays, loops, conditions and shapes; checks names, kinds, ranges and
/// whatever else needs no knowledge of the world. Nothing if there was an error; `diagnostics` then
/// has at least one. What is not built yet is refused ("… is not supported yet") at its place.
/// Cost: linear in the graph; ends within `options.limits`, whatever the file says.
std::optional<Graph> expand(const lang::File& file, const ExpandOptions& options,
                            Diagnostics& diagnostics);

}  // namespace vinet::graph
