// Description: what a user wrote, as texts that mean the same wherever they are read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/state.h"
#include "graph/expand.h"
#include "graph/graph.h"
#include "lang/ast.h"
#include "support/diagnostics.h"
#include "support/result.h"

namespace vinet::control {

/// A description, all that it includes, and what it is expanded with.
struct Texts {
  std::vector<Source> sources;   ///< the description itself first
  std::vector<std::string> set;  ///< `NAME=VALUE`
  graph::Limits limits;
};

struct Description {
  Texts texts;
  graph::Graph graph;  ///< what they mean
};

/// What a description is expanded with: `set` as on the command line, and what runs.
/// Errors: invalid_argument naming the setting.
Result<graph::ExpandOptions> expand_options(const std::vector<std::string>& set,
                                            const graph::Limits& limits, const State& running);

/// Does the text put an internet on something that is neither in it nor a base of `running`?
/// Whoever knows only the bases must ask what else runs.
bool stands_on_others(const lang::File& file, const State& running);

/// Parses and expands; nothing if there are errors. What runs says what `on lab` means in a text
/// that does not declare it.
std::optional<graph::Graph> expand(const Texts& texts, const State& running,
                                   Diagnostics& diagnostics);

}  // namespace vinet::control
