// From a graph of others to a description in the language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "graph/graph.h"
#include "support/diagnostics.h"

namespace vinet::exchange {

struct ImportOptions {
  std::string name;  ///< of the internet; empty: made from the graph's label
  std::string base = "lab";
  uint32_t machines = 3;  ///< of the base, in a ring; 0: it is not declared, only stood on
  bool hosts = false;     ///< a host at each router
  bool rates = false;     ///< links are as slow as their bandwidth says
  bool delays = false;    ///< links take as long as light in fibre between their coordinates
};

/// The internets of a GraphML file, one for each graph.
///
/// Every node is a router, every edge a link. Names are made from labels (identifier.h); of
/// parallel edges each is named. What the language has a word for becomes an annotation
/// (graph/annotations.h): label and LinkLabel, Latitude, Longitude, LinkSpeedRaw or LinkSpeed with
/// LinkSpeedUnits. All else becomes a note, `Country: Austria`, but for the `key: 0` of edges. An
/// edge from a node to itself, which is no link, becomes a note of its node and a warning; a
/// hyperedge of more than two ends becomes a router between them. Nothing where the file has
/// errors; `diagnostics` then has them. Cost: O(text).
std::optional<std::vector<graph::Internet>> import_graphml(const Source& source,
                                                           const ImportOptions& options,
                                                           Diagnostics& diagnostics);

/// The same as a description in canonical form (lang/formatter.h).
/// Errors besides: a description longer than the language reads (lang/parser.h).
std::optional<std::string> import_graphml_text(const Source& source, const ImportOptions& options,
                                               Diagnostics& diagnostics);

}  // namespace vinet::exchange
