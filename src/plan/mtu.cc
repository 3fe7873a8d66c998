#include "plan/mtu.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vinet::plan {
namespace {

/// The largest packet that the link layer can push headers onto, headers included: the kernel's
/// bpf_skb_adjust_room makes nothing larger than SKB_MAX_ALLOC, a little above this with 4 kB
/// pages.
constexpr uint32_t kLargestPacketBytes = 16'000;

/// The smallest MTU on all ways from one machine to another; nothing where there is none.
std::optional<uint32_t> one_way_mtu(const BasePlan& base, const BasePaths& paths, uint32_t from,
                                    uint32_t to) {
  if (paths.distance(from, to) == kUnreachable) return std::nullopt;
  uint32_t mtu_bytes = ~uint32_t{0};
  std::vector<bool> seen(paths.size(), false);
  std::vector<uint32_t> open{from};
  seen[from] = true;
  while (!open.empty()) {
    const uint32_t machine = open.back();
    open.pop_back();
    for (const BaseHop& hop : paths.ways(machine, to)) {
      mtu_bytes = std::min(mtu_bytes, base.links[hop.link].mtu_bytes);
      if (seen[hop.machine]) continue;
      seen[hop.machine] = true;
      open.push_back(hop.machine);
    }
  }
  return mtu_bytes;
}

class PathMtus {
 public:
  PathMtus(const BasePlan& base, const BasePaths& paths) : base_(base), paths_(paths) {}

  std::optional<uint32_t> between(uint32_t x, uint32_t y) {
    if (x == y) return base_.machines[x].mtu_bytes;
    const auto [it, is_new] = known_.try_emplace(std::minmax(x, y));
    if (is_new) {
      const auto there = one_way_mtu(base_, paths_, x, y);
      const auto back = one_way_mtu(base_, paths_, y, x);
      if (there && back) it->second = std::min(*there, *back);
    }
    return it->second;
  }

 private:
  const BasePlan& base_;
  const BasePaths& paths_;
  std::map<std::pair<uint32_t, uint32_t>, std::optional<uint32_t>> known_;
};

}  // namespace

void size_mtus(const graph::Internet& internet, const BasePlan& base, const BasePaths& paths,
               InternetPlan& plan, Diagnostics& diagnostics) {
  PathMtus path_mtus(base, paths);
  for (size_t i = 0; i < plan.links.size(); ++i) {
    LinkPlan& link = plan.links[i];
    const graph::Link& described = internet.links[i];
    const uint32_t x = plan.nodes[link.a.node.index].machine.index;
    const uint32_t y = plan.nodes[link.b.node.index].machine.index;
    const std::optional<uint32_t> path = path_mtus.between(x, y);
    if (!path) {
      diagnostics.error(
          described.span,
          fmt::format(
              "link '{}' needs a path between machines '{}' and '{}', and base '{}' has none",
              link.name, base.machines[x].name, base.machines[y].name, base.name));
      continue;
    }
    const uint32_t carried = std::min(*path, kLargestPacketBytes);
    const uint32_t fits = carried > kOverheadBytes ? carried - kOverheadBytes : 0;
    const std::string arithmetic =
        fmt::format("{} - {} (base) - {} (link) = {}", carried, kHeaderBytes, kHeaderBytes,
                    static_cast<int64_t>(carried) - kOverheadBytes);
    const std::optional<uint32_t> written =
        described.mtu_bytes ? described.mtu_bytes : internet.mtu_bytes;
    link.overhead_bytes = kOverheadBytes;
    link.mtu_bytes = written.value_or(fits);
    if (link.mtu_bytes > fits) {
      diagnostics.error(described.span,
                        fmt::format("an mtu of {} on link '{}' is more than its base path carries",
                                    *written, link.name),
                        arithmetic);
    } else if (link.mtu_bytes < kMinMtuIpv4) {
      diagnostics.error(described.span,
                        fmt::format("link '{}' has an mtu of {}; IPv4 needs {}", link.name,
                                    link.mtu_bytes, kMinMtuIpv4),
                        written ? "" : arithmetic);
    } else if (link.ipv6 && link.mtu_bytes < kMinMtuIpv6) {
      diagnostics.error(
          described.span,
          fmt::format("link '{}' carries IPv6, which needs an mtu of {}, and has {}", link.name,
                      kMinMtuIpv6, link.mtu_bytes),
          (written ? std::string() : arithmetic + "; ") + "write `ipv6 = off` to do without IPv6");
    }
  }
}

}  // namespace vinet::plan
