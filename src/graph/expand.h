// Ast to Graph: the meaning of a file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/scope.h"
#include "lang/ast.h"
#include "support/diagnostics.h"
#include "support/result.h"

namespace vinet::graph {

struct ExpandOptions {
  Limits limits;
  /// Bases that run already: what `on lab` means in a file that declares no `lab`.
  std::vector<Base> running_bases;
  /// Internets that run already, and the names of their nodes: what `on core` means where the file
  /// declares no `core`.
  std::map<std::string, std::vector<std::string>> running_internets;
  /// `--set NAME=VALUE`: values for lets at the top of the file.
  std::map<std::string, Value> values;
};

/// The value of a text that needs nothing around it: `16`, `10mbit`, `10.0.0.0/8`, `2 * 3`; a bare
/// word is a string.
/// Errors: invalid_argument, with what is wrong.
Result<Value> constant(const std::string& text);

/// Expands a whole description: arrays, loops, conditions, shapes and parts; checks names, kinds,
/// ranges and whatever else needs no knowledge of the world. Nothing if there was an error;
/// `diagnostics` then has at least one. What is not built yet is refused ("… is not supported yet")
/// at its place. Cost: linear in the graph; ends within `options.limits`, whatever the file says.
std::optional<Graph> expand(const lang::File& file, const ExpandOptions& options,
                            Diagnostics& diagnostics);

}  // namespace vinet::graph
