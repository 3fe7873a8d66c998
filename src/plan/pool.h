// Where an internet's end addresses come from: a region of the default pool, or the pool that was
// written.
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "net/ip.h"
#include "plan/surroundings.h"

namespace vinet::plan {

inline constexpr net::IpPrefix kDefaultPool{net::Ipv4{0x0a000000}, 8};

/// The pools to try, best first. `demand`: addresses that all blocks together take. A written pool
/// is the only one. Else the previous pool and the larger ones around it; without a previous one a
/// region of the default pool, twice the demand, that overlaps neither the computer's prefixes nor
/// another internet's pool or addresses. Last comes the default pool as a whole.
std::vector<net::IpPrefix> candidate_pools(const graph::Internet& internet,
                                           const Surroundings& surroundings, uint64_t demand);

/// What automatic allocation keeps away from: the computer's prefixes, the others' blocks and
/// hand-set addresses. Empty for a written pool, which ignores what is beside it.
std::vector<net::IpPrefix> taken_prefixes(const graph::Internet& internet,
                                          const Surroundings& surroundings);

/// The IPv6 pool: as written, else a ULA /48 (RFC 4193) that depends on the internet's name.
/// Nothing where `ipv6 = off`.
std::optional<net::IpPrefix> choose_pool6(const graph::Internet& internet,
                                          const Surroundings& surroundings);

/// The IPv6 address that mirrors an IPv4 one: the pool's bits, then the low bits of the IPv4
/// address, as many as the pool leaves, at most 32. 10.0.0.17 in fd12:3456:789a::/48 is
/// fd12:3456:789a::a00:11.
net::Ipv6 mirror(const net::IpPrefix& pool6, net::Ipv4 address);
/// The prefix of the mirrors of all addresses of an IPv4 prefix. The pool must leave as many bits.
net::IpPrefix mirror(const net::IpPrefix& pool6, const net::IpPrefix& prefix);
/// The address in `pool` whose mirror this is, if there is one.
std::optional<net::Ipv4> unmirror(const net::IpPrefix& pool6, const net::IpPrefix& pool,
                                  const net::Ipv6& address);

}  // namespace vinet::plan
