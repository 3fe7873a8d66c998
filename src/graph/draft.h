// What is being made of the inside of a base or an internet, and what it stands in.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/addresses.h"
#include "graph/graph.h"
#include "graph/places.h"

namespace vinet::graph {

/// Of a base, an internet, a node, a machine or a link (RFC 1035: a label).
inline constexpr size_t kMostNameBytes = 63;

/// What a body becomes: a Base or an Internet is made of it.
struct Draft {
  std::vector<Node> nodes;
  std::vector<uint32_t> machine_mtus;  ///< of a base, one for each node
  std::vector<Link> links;
  /// Full names of nodes and of links that were given one, and the places of their declarations.
  std::unordered_map<std::string, Span> full_names;
  AddressBook addresses;
};

/// What the body stands in.
struct Surroundings {
  std::string_view name;  ///< of the base or internet
  bool is_base = false;
  const Places* places =
      nullptr;  ///< for `at`; null where the base is not known: nothing is checked
  bool ipv6 = true;
};

}  // namespace vinet::graph
