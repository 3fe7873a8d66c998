// The Graph: what a description means once arrays, loops, conditions and shapes are expanded. Flat,
// named, immutable.
//
//   base lab { machine X, Y; X -- Y }       Base{name "lab", machines X Y, links X-Y}
//   internet line on lab { A -- B at X }    Internet{name "line", nodes A B, links A-B}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/ip.h"
#include "support/diagnostics.h"

namespace vinet::graph {

/// Dense indexes into the vectors of one Base or Internet; the type says which vector.
struct MachineId {
  uint32_t index = 0;
  friend auto operator<=>(const MachineId&, const MachineId&) = default;
};
struct NodeId {
  uint32_t index = 0;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};
struct LinkId {
  uint32_t index = 0;
  friend auto operator<=>(const LinkId&, const LinkId&) = default;
};

/// What a description says about a thing and no plan uses: its label, where it lies, notes.
/// Sorted as annotations.h says; only `note` may repeat.
struct Annotation {
  std::string key;   ///< `label`, `latitude`, `longitude`, `bandwidth`, `note`
  std::string text;  ///< as its author would read it: `Zürich`, `47.37`, `10gbit`
  friend bool operator==(const Annotation&, const Annotation&) = default;
};
using Annotations = std::vector<Annotation>;

struct Machine {
  std::string name;                  ///< `X`, or `m2` for m[2]
  uint32_t mtu_bytes = 1500;         ///< of links inside it, and default of its base links
  std::string daemon;                ///< of a fleet: `192.0.2.10:7411`; empty: of a lab
  std::optional<net::Ipv4> address;  ///< base address, as written; only of a fleet
  Span span;
  friend bool operator==(const Machine&, const Machine&) = default;
};

struct BaseLink {
  std::string name;  ///< `X-Y`, `X-Y:2`, or as written
  MachineId a, b;
  std::optional<uint32_t> mtu_bytes;  ///< default: the smaller of the two machines'
  uint64_t rate_bps = 0;              ///< each way; 0 = unlimited
  uint32_t cost = 1;
  Span span;
  friend bool operator==(const BaseLink&, const BaseLink&) = default;
};

/// A lab, whose machines are made here as namespaces, or a fleet, whose machines are there and have
/// daemons: all of them or none.
struct Base {
  std::string name;
  std::vector<Machine> machines;
  std::vector<BaseLink> links;
  Span span;
  friend bool operator==(const Base&, const Base&) = default;
};

enum class NodeKind { kHost, kRouter };

struct Node {
  std::string name;  ///< `A`, or `leaf2` for leaf[2]
  NodeKind kind = NodeKind::kHost;
  bool transit = false;  ///< may routes of others lead through it?
  std::string
      machine;  ///< of a machine, or of a node of the internet below; empty: the planner chooses
  std::vector<net::IpAddress> addresses;  ///< hand-set identity: at most one of each family
  std::string run;                        ///< a command line for the shell; empty: none
  Annotations annotations;
  Span span;
  Span at_span;  ///< of what stands after `at`, for diagnostics of the planner
  friend bool operator==(const Node&, const Node&) = default;
};

struct LinkEnd {
  NodeId node;
  std::vector<net::IpAddress> addresses;  ///< hand-set: at most one of each family
  friend bool operator==(const LinkEnd&, const LinkEnd&) = default;
};

struct Link {
  std::string name;    ///< `A-B`, `A-B:2`, or as written
  bool named = false;  ///< as written
  LinkEnd a, b;
  std::optional<uint32_t> mtu_bytes;
  uint64_t rate_bps = 0;  ///< each way; 0 = unlimited
  uint64_t delay_us = 0;  ///< each way
  uint32_t loss_ppb = 0;  ///< each way, parts per 1,000,000,000 (0.1 % = 1,000,000)
  uint32_t cost = 1;
  std::optional<bool> ipv6;  ///< overrides the internet's
  Annotations annotations;
  Span span;
  friend bool operator==(const Link&, const Link&) = default;
};

struct Internet {
  std::string name;
  std::string on;  ///< the name of a base or an internet, of the same file or one that runs
  std::optional<net::IpPrefix> pool;   ///< IPv4, hand-set
  std::optional<net::IpPrefix> pool6;  ///< IPv6, hand-set
  uint32_t reserve = 11;  ///< addresses of each block kept for links of internets above
  bool ipv6 = true;
  bool sitn_strict = false;
  std::optional<uint32_t> mtu_bytes;  ///< default of its links
  std::optional<uint64_t> lease_s;    ///< it is removed when it has run so long; none: never
  uint64_t share_bps = 0;             ///< guaranteed on each base link; 0 = none
  bool flatten = true;  ///< on an internet: one program run for all its headers; see plan/stack.h
  std::string where;    ///< on a fleet: what machines must have (plan/where.h); empty: any
  Annotations annotations;
  std::vector<Node> nodes;
  std::vector<Link> links;
  Span span;
  Span on_span;
  Span where_span;
  friend bool operator==(const Internet&, const Internet&) = default;
};

/// All that one file describes, in the order of the file.
struct Graph {
  std::vector<Base> bases;
  std::vector<Internet> internets;
  friend bool operator==(const Graph&, const Graph&) = default;
};

/// The graph as a flat description in the language, one node or link a line, defaults left out:
/// what is printed can be read back, and describes an equal graph (spans apart).
std::string to_string(const Graph& graph);

/// Limits of one expansion; beyond them it ends with a diagnostic.
struct Limits {
  uint32_t nodes = 250'000;  ///< and machines; also of the uses of parts
  uint32_t links = 500'000;
  uint32_t steps = 6'000'000;  ///< statements executed, so that empty loops end too
  uint32_t depth = 64;         ///< of parts in parts; at most kMostDepth
};

/// Expansion goes down one call a block, so the depth of parts has an end whatever is asked for.
inline constexpr uint32_t kMostDepth = 500;

}  // namespace vinet::graph
