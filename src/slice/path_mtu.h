// path_mtu: what a slice becomes where the base carries less than the plan counts on.
//
//   path MTU p, two headers: a link carries p - 40 bytes in one piece. Its MTU follows, but no
//   further than IP allows: 1,280 with IPv6 inside (RFC 8200 §5), 68 without (RFC 791). What is
//   larger than p - 40 then is fragmented outside (RFC 2473 §7.1).
#pragma once

#include <map>

#include "slice/slice.h"

namespace vinet::slice {

/// Largest packet, headers included, that the base carries, by the far machine's base address.
using PathMtus = std::map<net::Ipv4, uint32_t>;

/// Lowers the MTUs of the link ends whose way out is a path in `paths`, of their devices and of
/// their backsides. MTUs are never raised. Cost: O(n log n).
void shrink_to_paths(Slice& slice, const PathMtus& paths);

/// The MTU of the base path that a link end counts on: what it carries inside, and two headers.
uint32_t path_mtu_of(const LinkEnd& end);

}  // namespace vinet::slice
