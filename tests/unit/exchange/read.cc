#include "unit/exchange/read.h"

#include <gtest/gtest.h>

#include <sstream>

#include "lang/parser.h"

namespace vinet::exchange {

std::string graphml(const std::string& elements) {
  std::string text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<graphml>\n";
  for (const char* key : {"label", "Latitude", "Longitude", "Country"}) {
    text += std::string("<key id=\"") + key + "\" attr.name=\"" + key + "\" for=\"node\"/>\n";
  }
  for (const char* key :
       {"LinkLabel", "LinkSpeedRaw", "LinkSpeed", "LinkSpeedUnits", "key", "id"}) {
    text += std::string("<key id=\"") + key + "\" attr.name=\"" + key + "\" for=\"edge\"/>\n";
  }
  return text + "<graph id=\"net\" edgedefault=\"undirected\">\n" + elements +
         "\n</graph>\n</graphml>\n";
}

std::string node(const std::string& id, const std::string& label) {
  return "<node id=\"" + id + "\"><data key=\"label\">" + label + "</data></node>\n";
}

std::string edge(const std::string& a, const std::string& b, const std::string& data) {
  return "<edge source=\"" + a + "\" target=\"" + b + "\">" + data + "</edge>\n";
}

std::string imported(const std::string& text, const ImportOptions& options) {
  const Source source{"in.graphml", text};
  Diagnostics diagnostics;
  const auto description = import_graphml_text(source, options, diagnostics);
  EXPECT_EQ(description.has_value(), !diagnostics.has_errors());
  return description ? *description : render(source, diagnostics);
}

std::vector<std::string> statements(const std::string& text, const ImportOptions& options) {
  std::istringstream in(imported(text, options));
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "}") inside = false;
    if (inside) lines.push_back(line.substr(std::min<size_t>(2, line.size())));
    if (line.starts_with("internet ")) inside = true;
  }
  return lines;
}

std::optional<graph::Graph> expanded(const std::string& description) {
  const Source source{"out.vinet", description};
  Diagnostics diagnostics;
  const auto file = lang::parse(source, diagnostics);
  std::optional<graph::Graph> graph;
  if (file) graph = graph::expand(*file, {}, diagnostics);
  EXPECT_TRUE(graph.has_value()) << render(source, diagnostics);
  return graph;
}

}  // namespace vinet::exchange
