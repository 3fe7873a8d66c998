// A GraphML file as it stands: graphs with nodes, edges and data, names of the keys resolved,
// nothing interpreted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/diagnostics.h"

namespace vinet::exchange {

/// What is said about a graph, node or edge: name of the key and text, in the order of the file.
using GraphmlData = std::vector<std::pair<std::string, std::string>>;

struct GraphmlNode {
  std::string id;  ///< empty: the file gives none
  GraphmlData data;
  Span span;
};

/// An edge, or a hyperedge, which has any number of ends.
struct GraphmlEdge {
  std::vector<uint32_t> ends;  ///< indexes of nodes of its graph; two of an edge
  bool hyper = false;
  GraphmlData data;
  Span span;
};

struct GraphmlGraph {
  std::string id;
  GraphmlData data;
  std::vector<GraphmlNode> nodes;  ///< with those of the graphs nested in it
  std::vector<GraphmlEdge> edges;
};

/// The most that is read of one file; beyond it, reading ends with a diagnostic.
struct GraphmlLimits {
  size_t nodes = 250'000;
  size_t edges = 500'000;
  size_t data = 1'000'000;  ///< texts of all nodes and edges
  int depth = 64;           ///< elements inside each other
};

/// Reads a whole file (GraphML 1.0: graphml, key with default, graph, node, edge, hyperedge, data;
/// of yFiles, the text of NodeLabel and EdgeLabel, as data called `label`). XML attributes of nodes
/// and edges that GraphML does not use itself are data too; elements it does not know are passed
/// by. A document type is passed by, entities of its own are refused.
/// Nothing where there was an error: not XML, not GraphML, an edge to a node that is not there, a
/// node id that occurs twice, a limit. `diagnostics` then has it, with its place.
/// Cost: one pass, O(text).
std::optional<std::vector<GraphmlGraph>> read_graphml(const Source& source,
                                                      const GraphmlLimits& limits,
                                                      Diagnostics& diagnostics);

}  // namespace vinet::exchange
