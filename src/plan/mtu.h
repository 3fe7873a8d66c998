// Sizes the links: what the base path carries, less the headers that the layer adds.
#pragma once

#include "graph/graph.h"
#include "plan/grounds.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

inline constexpr uint32_t kHeaderBytes = 20;                  // IPv4 without options
inline constexpr uint32_t kOverheadBytes = 2 * kHeaderBytes;  // base and link header
inline constexpr uint32_t kMinMtuIpv4 = 68;                   // RFC 791 §3.2
inline constexpr uint32_t kMaxMtuIpv4 = 65'535;               // IPv4's total length
inline constexpr uint32_t kMinMtuIpv6 = 1280;                 // RFC 8200 §5

/// The largest packet that the link layer can push headers onto, headers included: the kernel's
/// bpf_skb_adjust_room makes nothing larger than SKB_MAX_ALLOC, a little above this with 4 kB
/// pages.
inline constexpr uint32_t kLargestPacketBytes = 16'000;

/// Tells where an mtu of `what` is none that IPv4 allows.
void check_mtu(uint32_t mtu_bytes, Span span, const std::string& what, Diagnostics& diagnostics);

/// Sets `mtu_bytes` and `overhead_bytes` of the plan's links: what the path below carries less the
/// overhead (two headers on a base, one on an internet), or as written if it fits. The path's MTU
/// is the smallest of all links below that a packet may take in either direction: of the shortest
/// paths and of every loop-free alternate, so that a link going down changes no MTU. Inside one
/// machine it is the machine's, and on a fleet the lesser of two machines'; on a base no more than
/// 16,000. In:     `plan` with nodes placed and
/// links in the graph's order. Errors: no path; a written mtu above what the path carries; less
/// than 68, with IPv6 less than
///         1280; with the arithmetic down to the base.
void size_mtus(const graph::Internet& internet, Grounds& grounds, InternetPlan& plan,
               Diagnostics& diagnostics);

/// What the path between two machines of a base, or two nodes of an internet, carries; nothing
/// where there is no path.
class PathMtus {
 public:
  PathMtus(const BasePlan& base, BasePaths& paths) : base_(base), paths_(paths) {}

  struct Narrowest {
    uint32_t mtu_bytes = 0;
    std::optional<uint32_t> link;  ///< of the base; none inside one machine, and on a fleet
  };
  /// Cost: O(machines on the ways) for each new pair.
  std::optional<Narrowest> between(uint32_t x, uint32_t y);

 private:
  std::optional<Narrowest> one_way(uint32_t from, uint32_t to);

  const BasePlan& base_;
  BasePaths& paths_;
  std::map<std::pair<uint32_t, uint32_t>, std::optional<Narrowest>> known_;
};

}  // namespace vinet::plan
