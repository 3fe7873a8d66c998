// What is being made of the inside of a base or an internet, and what it stands in.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graph/addresses.h"
#include "graph/graph.h"
#include "graph/places.h"
#include "lang/ast.h"

namespace vinet::graph {

/// Of a base, an internet, a node, a machine or a link (RFC 1035: a label).
inline constexpr size_t kMostNameBytes = 63;

struct Parts;

/// A name that is taken.
struct Taken {
  Span span;
  bool is_part = false;
};

/// What a machine has and no node does.
struct MachineDraft {
  uint32_t mtu_bytes = 0;
  std::string daemon;
};

/// What a body becomes: a Base or an Internet is made of it.
struct Draft {
  std::vector<Node> nodes;
  std::vector<MachineDraft> machines;  ///< of a base, one for each node
  std::vector<Link> links;
  /// In front of all names: of the part that is being expanded, `t.child0.`, or empty.
  std::string prefix;
  /// Names taken in that part, without the prefix: of nodes, of parts, and of links that were given
  /// one; with the places of their declarations.
  std::unordered_map<std::string, Taken> names;
  /// Their first components, where they are qualified (`host t.leaf`): no part may be called so.
  std::unordered_set<std::string> qualified_heads;
  AddressBook addresses;
};

/// What the body stands in.
struct Surroundings {
  std::string_view name;  ///< of the base or internet
  bool is_base = false;
  const Places* places =
      nullptr;  ///< for `at`; null where the base is not known: nothing is checked
  bool ipv6 = true;
  const Parts* parts = nullptr;  ///< that can be used; null in a base
};

/// The parts that a file describes.
struct Parts {
  std::unordered_map<std::string_view, const lang::PartDecl*> by_name;
};

}  // namespace vinet::graph
