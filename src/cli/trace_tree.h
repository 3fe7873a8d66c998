// TraceTree: what the programs reported of a probe, as hops within hops. A hop of one layer is
// carried by hops of the layer below, down to the base:
//
//    p → s                   upper, on nodes of lower     adds q1 → q2
//    ├─ a → b                lower, on machines of lab    adds Q → R
//    │  X → Y                lab                          adds X → Y
//    └─ b → c                lower: b is a router, in transit for p → s
//       Y → Z                lab
//
// Problem:   programs report pushes, pops, deliveries and drops, each with all headers that are on
//            the packet. One push may put on the headers of many layers (flattened) or of one.
// Approach:  the innermost header is that of the traced internet, the next that of the internet
//            below, ...; so the number of headers tells the layers that a packet has been given to.
//            A push opens the hops of its layers, a delivery ends the hop of its layer and all
//            below.
// Invariant: the open hops are the last ones of their layers.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/layers.h"
#include "machine/machine.h"

namespace vinet::cli {

/// A hop of one layer.
struct Hop {
  enum class End { kArrived, kDropped, kLost };

  size_t layer = 0;            ///< 0: the base; 1: the internet on it; ...
  std::string in;              ///< name of the base or internet
  std::string link;            ///< empty in the base, or where no plan knows the addresses
  std::string from, to;        ///< nodes, machines; addresses that no plan knows
  std::string from_at, to_at;  ///< what these stand on: `lower.a`, `lab.X`; empty in the base
  /// The header that this layer adds. None where both ends share the namespace that would push it.
  std::optional<std::pair<net::Ipv4, net::Ipv4>> header;
  std::string pushed_by;               ///< namespace whose program sent it: `lab.X`, or `lower.a`
  std::string out_of, in_from;         ///< base devices, in the base
  int ttl = 0;                         ///< of the packet inside
  net::IpAddress source, destination;  ///< of the packet inside
  End end = End::kLost;
  std::string reason, dropped_at;  ///< of a drop
  std::vector<Hop> carried_by;     ///< hops of the layer below, in order of time
};

/// The hops of the traced internet, in order of time; those of the reply where `reply`.
std::vector<Hop> hops_of(const machine::ProbeReport& report, const Layers& layers, bool reply);

/// The hop in which the packet was dropped: the one whose program did it.
const Hop* dropped_in(const std::vector<Hop>& hops);

}  // namespace vinet::cli
