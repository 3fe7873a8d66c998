// What the tests of this folder share: text in, graph or diagnostics out, both as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/expand.h"
#include "graph/graph.h"
#include "support/diagnostics.h"

namespace vinet::graph {

struct Expansion {
  std::optional<Graph> graph;
  Diagnostics diagnostics;
  Source source;

  /// The graph as text, or the diagnostics as a user sees them.
  std::string text() const;
  /// "LINE:COLUMN: message" or "LINE:COLUMN: message = note" of each, in order of place.
  std::vector<std::string> errors() const;
};

/// Parses and expands.
Expansion expand_text(const std::string& text, const ExpandOptions& options = {});

/// A base `lab` (lines 1-4: machines X, Y and m[3]) and an internet `net` on it, whose body starts
/// in line 6, column 1.
std::string in_internet(const std::string& body, const std::string& attributes = "");

}  // namespace vinet::graph
