// From a graph to the formats of others. Each is a pure function, and its text the same everywhere.
#pragma once

#include <string>

#include "graph/graph.h"
#include "plan/plan.h"
#include "support/result.h"

namespace vinet::exchange {

/// The graph that a plan was made of, as far as the plan knows it: nodes are `at` their machines,
/// addresses are left to whoever plans it again, MTUs are those that were asked for nowhere.
graph::Graph graph_of(const plan::Plan& plan);

/// The language of Graphviz: one graph, with a cluster for each internet where there are several.
/// Nodes with coordinates have a `pos` in points, which `neato -n` obeys.
std::string to_dot(const graph::Graph& graph);

/// GraphML: one graph for each internet. import_graphml() of it gives internets with the same
/// names, kinds, annotations and links; addresses, pools, places, programs and bases are not in it.
/// A note `Country: Austria` becomes data called `Country`.
std::string to_graphml(const graph::Graph& graph);

/// A topology of containerlab: nodes of kind linux that run `image`, and links between eth1, eth2,
/// …. Errors: invalid_argument unless there is one internet.
Result<std::string> to_clab(const graph::Graph& graph, const std::string& image);

/// All of it, with the names of graph.h; what has its default is there too.
std::string to_json(const graph::Graph& graph);

}  // namespace vinet::exchange
