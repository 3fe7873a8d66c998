#include "plan/pool.h"

#include <algorithm>
#include <string>

#include "plan/block_allocator.h"
#include "support/hash.h"

namespace vinet::plan {
namespace {

constexpr unsigned kPool6Tries =
    64;  // then the computer uses all of fd00::/8; namespaces make that safe
constexpr uint64_t kSmallestRegion =
    1024;  // room for 64 nodes of a /28, so that a small internet can grow

uint32_t low32(const net::Ipv6& address) {
  uint32_t bits = 0;
  for (size_t i = 12; i < 16; ++i) bits = bits << 8 | address.bytes[i];
  return bits;
}

uint32_t mask_of(unsigned bits) {
  return bits >= 32 ? ~uint32_t{0} : (uint32_t{1} << bits) - 1;
}

/// A free region of the default pool, the largest of twice the demand and half that.
std::optional<net::IpPrefix> free_region(const std::vector<net::IpPrefix>& taken, uint64_t demand) {
  BlockAllocator pool(kDefaultPool);
  for (const net::IpPrefix& prefix : taken) pool.block(prefix);
  const uint64_t least = power_of_two(demand);
  for (uint64_t size = std::max(2 * least, kSmallestRegion); size >= least; size /= 2) {
    if (const auto region = pool.allocate(size)) return region;
  }
  return std::nullopt;
}

net::IpPrefix derived_pool6(const std::string& seed) {
  const uint64_t hash = stable_hash(seed);
  net::Ipv6 network;
  network.bytes[0] = 0xfd;  // RFC 4193 §3.1: fc00::/7 with the L bit set, then a 40-bit global id
  for (size_t i = 1; i <= 5; ++i) network.bytes[i] = static_cast<uint8_t>(hash >> (8 * (i - 1)));
  return {network, 48};
}

}  // namespace

std::vector<net::IpPrefix> taken_prefixes(const graph::Internet& internet,
                                          const Surroundings& surroundings) {
  if (internet.pool) return {};
  std::vector<net::IpPrefix> taken = surroundings.own_prefixes;
  for (const InternetPlan* other : surroundings.beside) {
    for (const NodePlan& node : other->nodes) {
      taken.push_back(node.block);
      taken.push_back(net::host_prefix(node.identity));
      for (const Interface& interface : node.interfaces)
        taken.push_back(net::host_prefix(interface.address));
    }
  }
  return taken;
}

std::vector<net::IpPrefix> candidate_pools(const graph::Internet& internet,
                                           const Surroundings& surroundings, uint64_t demand) {
  if (internet.pool) return {*internet.pool};
  std::vector<net::IpPrefix> pools;
  if (const InternetPlan* previous = surroundings.previous;
      previous != nullptr && previous->pool.length >= kDefaultPool.length &&
      net::contains(kDefaultPool, previous->pool.network)) {
    for (uint8_t length = previous->pool.length; length > kDefaultPool.length; --length) {
      pools.push_back(net::prefix_of(previous->pool.network, length));
    }
  } else {
    std::vector<net::IpPrefix> taken = taken_prefixes(internet, surroundings);
    const size_t hard = taken.size();
    for (const InternetPlan* other : surroundings.beside) taken.push_back(other->pool);
    if (const auto region = free_region(taken, demand)) pools.push_back(*region);
    taken.resize(hard);
    if (const auto region = free_region(taken, demand)) pools.push_back(*region);
  }
  pools.push_back(kDefaultPool);
  return pools;
}

std::optional<net::IpPrefix> choose_pool6(const graph::Internet& internet,
                                          const Surroundings& surroundings) {
  if (!internet.ipv6) return std::nullopt;
  if (internet.pool6) return internet.pool6;
  std::string seed = internet.name;
  for (unsigned tries = 0; tries < kPool6Tries; ++tries, seed += "'") {
    const net::IpPrefix pool = derived_pool6(seed);
    if (surroundings.previous != nullptr && surroundings.previous->pool6 == pool) return pool;
    const auto clashes = [&](const net::IpPrefix& other) { return net::overlaps(pool, other); };
    const bool taken =
        std::any_of(surroundings.own_prefixes.begin(), surroundings.own_prefixes.end(), clashes) ||
        std::any_of(
            surroundings.beside.begin(), surroundings.beside.end(),
            [&](const InternetPlan* other) { return other->pool6 && clashes(*other->pool6); });
    if (!taken) return pool;
  }
  return derived_pool6(internet.name);
}

net::Ipv6 mirror(const net::IpPrefix& pool6, net::Ipv4 address) {
  const net::Ipv6& network = *std::get_if<net::Ipv6>(&pool6.network);
  return network + (address.bits & mask_of(128U - pool6.length));
}

net::IpPrefix mirror(const net::IpPrefix& pool6, const net::IpPrefix& prefix) {
  return {mirror(pool6, *std::get_if<net::Ipv4>(&prefix.network)),
          static_cast<uint8_t>(96 + prefix.length)};
}

std::optional<net::Ipv4> unmirror(const net::IpPrefix& pool6, const net::IpPrefix& pool,
                                  const net::Ipv6& address) {
  const uint32_t host = mask_of(32U - pool.length);
  const net::Ipv4 candidate{std::get_if<net::Ipv4>(&pool.network)->bits | (low32(address) & host)};
  if (mirror(pool6, candidate) != address) return std::nullopt;
  return candidate;
}

}  // namespace vinet::plan
