// What the tests of this folder share: GraphML in, description out, and graphs to compare.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exchange/import.h"
#include "graph/expand.h"
#include "graph/graph.h"
#include "support/diagnostics.h"

namespace vinet::exchange {

/// A GraphML file around these elements, with keys label, Latitude, Longitude, Country (nodes), and
/// LinkLabel, LinkSpeedRaw, LinkSpeed, LinkSpeedUnits, key, id (edges), each called by its name.
std::string graphml(const std::string& elements);

/// `<node id="ID"><data key="label">LABEL</data></node>`
std::string node(const std::string& id, const std::string& label);
/// `<edge source="A" target="B"/>`, with `data` inside.
std::string edge(const std::string& a, const std::string& b, const std::string& data = "");

/// The description, or the diagnostics as a user sees them.
std::string imported(const std::string& text, const ImportOptions& options = {});

/// What is inside the braces of the internet of that description, without indentation.
std::vector<std::string> statements(const std::string& text, const ImportOptions& options = {});

/// The description expanded; nothing, and a failed test, if it has errors.
std::optional<graph::Graph> expanded(const std::string& description);

}  // namespace vinet::exchange
