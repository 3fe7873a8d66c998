// Trace: what the programs reported of a probe, made readable (VI Figure 7).
//
//    1  A  at X  push     A>F | 172.16.0.0>172.16.0.1 | 192.168.0.1>192.168.0.2  ttl 64  out Y
//       B  at Y  pop      A>F | 172.16.0.0>172.16.0.1 | 192.168.0.1>192.168.0.2  ttl 64  in X
//       B  at Y  deliver  A>F                                                    ttl 64
//
// Every address and place is as reported; the plan only gives names to addresses.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "machine/machine.h"
#include "plan/plan.h"

namespace vinet::cli {

struct Trace {
  std::string from, to;  ///< as asked: `fig11.A`, `fig11.F` or an address
  net::IpAddress source, destination;
  machine::ProbeReport report;
};

/// Where the request really ended.
struct TraceEnd {
  bool delivered = false;  ///< to the node that has the destination address, or answered
  std::string text;  ///< `delivered to fig11.F`, `dropped: unknown_key at lab.Y`, `last seen: ...`
};

TraceEnd end_of(const Trace& trace, const plan::InternetPlan& internet);

/// The request's steps as lines, its end, and what became of the reply; `reply`: the reply's steps
/// too.
std::string text_of(const Trace& trace, const plan::InternetPlan& internet, bool reply,
                    bool colour);

nlohmann::json json_of(const Trace& trace, const plan::InternetPlan& internet);

}  // namespace vinet::cli
