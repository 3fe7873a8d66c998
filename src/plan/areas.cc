#include "plan/areas.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "plan/pool.h"

namespace vinet::plan {
namespace {

uint32_t bits_of(const net::IpPrefix& prefix) {
  return std::get_if<net::Ipv4>(&prefix.network)->bits;
}
uint64_t size_of(const net::IpPrefix& prefix) {
  return uint64_t{1} << (32 - prefix.length);
}

struct Claim {
  uint64_t begin, end;
  uint32_t node;
  int rank;  // who gets what is free: a node with transit before a host, a block before an address
};

class Claims {
 public:
  Claims(const InternetPlan& plan, bool ipv6) : plan_(plan), ipv6_(ipv6) {}

  void add(uint32_t number, Areas& areas) {
    const NodePlan& node = plan_.nodes[number];
    const uint64_t begin = bits_of(node.block);
    if (net::contains(plan_.pool, node.block.network)) {
      all.push_back({begin, begin + size_of(node.block), number, node.transit ? 2 : 1});
    }
    const auto address = [&](net::Ipv4 ipv4, const std::optional<net::Ipv6>& ipv6) {
      if (ipv6_ && !ipv6) return;
      const std::optional<net::Ipv4> slot =
          ipv6_ ? unmirror(*plan_.pool6, plan_.pool, *ipv6) : std::optional(ipv4);
      if (slot && net::contains(node.block, *slot)) return;
      if (slot && net::contains(plan_.pool, *slot)) {
        all.push_back({slot->bits, uint64_t{slot->bits} + 1, number, 0});
      } else {
        areas.outside.emplace_back(ipv6_ ? net::IpAddress(*ipv6) : net::IpAddress(ipv4), number);
      }
    };
    address(node.identity, node.identity6);
    for (const Interface& interface : node.interfaces) {
      address(interface.address, interface.address6);
    }
  }

  std::vector<Claim> all;

 private:
  const InternetPlan& plan_;
  const bool ipv6_;
};

/// Of the addresses begin .. end the one with most zeros at its end.
uint64_t roundest(uint64_t begin, uint64_t end) {
  if (begin == end) return end;
  const int differs = std::bit_width((begin == 0 ? 0 : begin - 1) ^ end);  // the highest bit
  return end >> (differs - 1) << (differs - 1);
}

/// The border between two claims in what is free between them.
uint64_t border(const Claim& low, const Claim& high) {
  if (low.rank != high.rank) return low.rank > high.rank ? high.begin : low.end;
  return roundest(low.end, high.begin);
}

}  // namespace

Areas find_areas(const InternetPlan& plan, bool ipv6, uint32_t root) {
  Areas areas;
  Claims claims(plan, ipv6);
  for (uint32_t node = 0; node < plan.nodes.size(); ++node) claims.add(node, areas);
  std::vector<Claim>& all = claims.all;
  std::sort(all.begin(), all.end(),
            [](const Claim& x, const Claim& y) { return x.begin < y.begin; });
  std::sort(areas.outside.begin(), areas.outside.end());
  uint64_t begin = bits_of(plan.pool);
  const uint64_t last = begin + size_of(plan.pool);
  const auto add = [&](uint64_t end, uint32_t node) {
    if (end <= begin) return;
    if (!areas.inside.empty() && areas.inside.back().node == node) {
      areas.inside.back().end = static_cast<uint32_t>(end);
    } else {
      areas.inside.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), node});
    }
    begin = end;
  };
  for (size_t i = 0; i + 1 < all.size(); ++i) add(border(all[i], all[i + 1]), all[i].node);
  if (!all.empty()) {
    const Claim& end = all.back();
    const uint64_t used = end.end - bits_of(plan.pool);
    const uint64_t round = std::min(last, bits_of(plan.pool) + std::bit_ceil(used));
    add(end.rank == 2 ? round : end.end, end.node);
  }
  add(last, root);
  return areas;
}

}  // namespace vinet::plan
