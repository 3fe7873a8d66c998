// Maps: a plan as a picture. The base lies below, the internets on it above; a machine that an
// internet visits several times shows each visit (VI Figures 7 and 11). An internet on an internet
// is drawn above that, whose nodes are its machines; the top of a stack comes first.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace vinet::exchange {

struct MapOptions {
  size_t width = 80;   ///< columns of the terminal
  bool ascii = false;  ///< no box-drawing characters
};

/// For a terminal: a column for each machine, a line for each node, in the order of a walk along
/// the links. What does not fit into the width, and internets of more than kMostWalked nodes,
/// become a list of the nodes on each machine. Ends with a newline; "" for an empty plan.
std::string map_text(const plan::Plan& plan, const MapOptions& options);
inline constexpr size_t kMostWalked = 60;

/// A self-contained SVG image: an internet whose nodes have coordinates is drawn as a map, others
/// above their machines. Colours say which machine a node is on; every node and link says its names
/// and addresses when it is pointed at. Cost: O(n²) for n labels.
std::string map_svg(const plan::Plan& plan);

/// For Graphviz: a cluster for each machine, with its visits inside; dotted lines from nodes of
/// upper internets to what they stand on.
std::string map_dot(const plan::Plan& plan);

/// The nodes of an internet in the order of a walk: depth first along the links, from an end where
/// there is one; then the next part. Cost: O(N log N + L).
struct Walk {
  std::vector<plan::NodeId> order;
  std::vector<size_t> row;                        ///< of each node: its place in `order`
  std::vector<std::vector<uint32_t>> neighbours;  ///< of each node, each once, in order of row
};
Walk walk(const plan::InternetPlan& internet);

}  // namespace vinet::exchange
