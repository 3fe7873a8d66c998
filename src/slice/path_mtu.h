// path_mtu: what slices become where the base carries less than the plan counts on.
//
//   path MTU p, two headers: a link carries p - 40 bytes in one piece. Its MTU follows, but no
//   further than IP allows: 1,280 with IPv6 inside (RFC 8200 §5), 68 without (RFC 791), and what
//   the links above it need. What is larger than p - 40 then is fragmented outside (RFC 2473 §7.1).
//   A link of an internet on an internet carries 20 bytes less than the least of the links that its
//   packets may take.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "net/ip.h"
#include "plan/plan.h"
#include "slice/slice.h"

namespace vinet::slice {

/// Largest packet, headers included, that the base carries, by the far machine's base address.
using PathMtus = std::map<net::Ipv4, uint32_t>;
/// Likewise by the near machine's namespace: `lab.X`. Only what is less than planned.
using PathsInForce = std::map<std::string, PathMtus>;
/// Bytes that links carry in one piece, by the name of their internet, in the order of its links.
/// Internets whose links carry all that was planned are missing.
using Carried = std::map<std::string, std::vector<uint32_t>>;

/// Through all layers. `world`: all that runs, lower before upper.
/// Cost: next to nothing while `paths` is empty; else as planning the MTUs of what is concerned.
Carried carried(const plan::Plan& world, const PathsInForce& paths);

/// Lowers the MTUs of the link ends whose way out is a path in `paths`, of their devices and of
/// their backsides: ends of the first layer. MTUs are never raised. Cost: O(n log n).
void shrink_to_paths(Slice& slice, const PathMtus& paths);

/// Likewise the link ends of an internet that stands on another. `carried`: of its links.
void shrink_to_carried(Slice& slice, const plan::InternetPlan& internet,
                       const std::vector<uint32_t>& carried);

/// The MTU of the base path that a link end counts on: what it carries inside, and two headers.
uint32_t path_mtu_of(const LinkEnd& end);

}  // namespace vinet::slice
