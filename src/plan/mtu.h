// Sizes the links: the base path's MTU less two headers.
#pragma once

#include "graph/graph.h"
#include "plan/base_paths.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

inline constexpr uint32_t kHeaderBytes = 20;                  // IPv4 without options
inline constexpr uint32_t kOverheadBytes = 2 * kHeaderBytes;  // base and link header
inline constexpr uint32_t kMinMtuIpv4 = 68;                   // RFC 791 §3.2
inline constexpr uint32_t kMinMtuIpv6 = 1280;                 // RFC 8200 §5

/// Sets `mtu_bytes` and `overhead_bytes` of the plan's links: what the base path carries (inside
/// one machine: the machine's MTU; at most 16,000) less the overhead, or as written if it fits. The
/// base path's MTU is the smallest of all base links that a packet may take in either direction: of
/// the shortest paths and of every loop-free alternate, so that a link going down changes no MTU.
/// In:     `plan` with nodes placed and links in the graph's order.
/// Errors: no base path; a written mtu above what the path carries; less than 68, with IPv6 less
///         than 1280.
void size_mtus(const graph::Internet& internet, const BasePlan& base, const BasePaths& paths,
               InternetPlan& plan, Diagnostics& diagnostics);

}  // namespace vinet::plan
