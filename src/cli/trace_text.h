// Trace: what the programs reported of a probe, made readable (VI Figures 7 and 10).
//
//       HOP        LAYER  AT                   HEADER
//    1  p → s      upper  lower.a → lower.c    10.0.0.15 → 10.0.0.47        ttl 64
//       ├─ a → b   lower  lab.X → lab.Y        172.16.0.0 → 172.16.0.1
//       │  X → Y   lab    out of Y, in from X  192.168.0.1 → 192.168.0.2
//       └─ b → c   lower  lab.Y → lab.Z        172.16.0.2 → 172.16.0.3
//          Y → Z   lab    out of Z, in from Y  192.168.0.2 → 192.168.0.3
//
// A line's hop is carried by the line under it, or by several that branch off: so it grows wider
// only where a layer takes several hops. Headers are as reported; the plan gives names to addresses
// and says on which node of the layer below a node stands.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/layers.h"
#include "machine/machine.h"

namespace vinet::cli {

struct Trace {
  std::string from, to;  ///< as asked: `fig11.A`, `fig11.F` or an address
  net::IpAddress source, destination;
  machine::ProbeReport report;
};

/// Where the request really ended.
struct TraceEnd {
  bool delivered = false;  ///< to the node that has the destination address, or answered
  /// `delivered to fig11.F`, `dropped: unknown_key at lab.Y, in fig11 (A → B)`, `last seen: ...`
  std::string text;
};

/// `layers`: of the internet that was traced, as its topmost.
TraceEnd end_of(const Trace& trace, const Layers& layers);

struct TraceStyle {
  bool reply = false;  ///< the reply's way too
  bool steps = false;  ///< not hops: each report of a program, a line each
  bool colour = false;
};

/// The request's hops as lines, its end, and what became of the reply.
std::string text_of(const Trace& trace, const Layers& layers, const TraceStyle& style);

nlohmann::json json_of(const Trace& trace, const Layers& layers);

}  // namespace vinet::cli
