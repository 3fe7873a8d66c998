// Link addresses: pairs from a pool of their own, on no device (VI §II.2.2).
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "plan/address.h"

namespace vinet::plan {
namespace {

constexpr uint32_t kFirst = 0xac100000;  // 172.16.0.0/12
constexpr uint32_t kPairs = (1U << 20) / 2;
constexpr uint32_t kNoPair = ~uint32_t{0};

/// The number of the pair that a link has, or kNoPair if its addresses are none of ours.
uint32_t pair_of(const LinkPlan& link) {
  const uint32_t offset = link.a.link_address.bits - kFirst;
  const bool is_pair =
      offset / 2 < kPairs && offset % 2 == 0 && link.b.link_address == link.a.link_address + 1;
  return is_pair ? offset / 2 : kNoPair;
}

}  // namespace

void assign_link_addresses(const graph::Internet& internet, const Surroundings& surroundings,
                           InternetPlan& plan, Diagnostics& diagnostics) {
  std::vector<bool> used(kPairs, false);
  for (const InternetPlan* other : surroundings.others) {
    for (const LinkPlan& link : other->links) {
      if (const uint32_t pair = pair_of(link); pair != kNoPair) used[pair] = true;
    }
  }
  std::map<std::string, uint32_t> before;
  if (surroundings.previous != nullptr) {
    for (const LinkPlan& link : surroundings.previous->links)
      before.emplace(link.name, pair_of(link));
  }
  std::vector<uint32_t> pairs(plan.links.size(), kNoPair);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto it = before.find(plan.links[i].name);
    if (it == before.end() || it->second == kNoPair || used[it->second]) continue;
    used[it->second] = true;
    pairs[i] = it->second;
  }
  uint32_t next = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i] == kNoPair) {
      while (next < kPairs && used[next]) ++next;
      if (next == kPairs) {
        diagnostics.error(internet.span,
                          fmt::format("no link addresses are left on base '{}'", internet.on),
                          fmt::format("172.16.0.0/12 numbers {} links", kPairs));
        return;
      }
      pairs[i] = next++;
    }
    plan.links[i].a.link_address = net::Ipv4{kFirst + 2 * pairs[i]};
    plan.links[i].b.link_address = net::Ipv4{kFirst + 2 * pairs[i] + 1};
  }
}

}  // namespace vinet::plan
