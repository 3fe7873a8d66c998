#include "plan/mtu.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace vinet::plan {
namespace {

uint32_t less(uint32_t carried, uint32_t overhead) {
  return carried > overhead ? carried - overhead : 0;
}

/// Where the bytes of a link go, told from the base upwards.
class Arithmetic {
 public:
  explicit Arithmetic(Grounds& grounds) : grounds_(grounds) {}

  /// `1500 - 20 (base) - 20 (link of lower) - 20 (link of upper) = 1440`, for a link of `internet`
  /// on `on` between two machines there.
  std::string text(const std::string& internet, const std::string& on, uint32_t x, uint32_t y) {
    std::vector<std::string> layers{internet};  // from the top
    std::string start;
    int64_t carried = 0;
    bool to_base = false;
    for (std::string below = on;;) {
      const BasePlan& base = grounds_.base(below);
      const auto path = PathMtus(base, grounds_.paths(below)).between(x, y);
      const InternetPlan* lower = grounds_.internet(below);
      if (!path) return "";
      if (lower == nullptr) {
        to_base = true;
        carried = std::min(path->mtu_bytes, kLargestPacketBytes);
        break;
      }
      const std::optional<uint32_t> link = narrowest_link(*path, *lower, x);
      const LinkPlan* narrow = link ? &lower->links[*link] : nullptr;
      if (narrow != nullptr && is_written(*narrow, *lower)) {
        start = fmt::format(" (mtu of link '{}' of {})", narrow->name, lower->name);
        carried = narrow->mtu_bytes;
        break;
      }
      layers.push_back(lower->name);
      const uint32_t node = x;
      x = lower->nodes[narrow != nullptr ? narrow->a.node.index : node].machine.index;
      y = lower->nodes[narrow != nullptr ? narrow->b.node.index : node].machine.index;
      below = lower->base;
    }
    return fmt::format("{}{}{}", carried, start, terms(layers, to_base, carried));
  }

 private:
  static constexpr size_t kMostTerms = 8;

  static std::string terms(const std::vector<std::string>& layers, bool to_base, int64_t carried) {
    std::string text = to_base ? fmt::format(" - {} (base)", kHeaderBytes) : "";
    if (layers.size() > kMostTerms) {
      text += fmt::format(" - {} * {} (links of {} to {})", layers.size(), kHeaderBytes,
                          layers.back(), layers.front());
    } else if (layers.size() == 1 && to_base) {
      text += fmt::format(" - {} (link)", kHeaderBytes);
    } else {
      for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
        text += fmt::format(" - {} (link of {})", kHeaderBytes, *layer);
      }
    }
    const size_t headers = layers.size() + (to_base ? 1 : 0);
    return text + fmt::format(" = {}", carried - static_cast<int64_t>(headers * kHeaderBytes));
  }

  /// Inside one node: the node's narrowest link.
  static std::optional<uint32_t> narrowest_link(const PathMtus::Narrowest& path,
                                                const InternetPlan& lower, uint32_t node) {
    if (path.link) return path.link;
    std::optional<uint32_t> least;
    for (const Interface& interface : lower.nodes[node].interfaces) {
      const uint32_t link = interface.link.index;
      if (!least || lower.links[link].mtu_bytes < lower.links[*least].mtu_bytes) least = link;
    }
    return least;
  }

  /// Has the link less than its path carries?
  bool is_written(const LinkPlan& link, const InternetPlan& internet) {
    const auto path = PathMtus(grounds_.base(internet.base), grounds_.paths(internet.base))
                          .between(internet.nodes[link.a.node.index].machine.index,
                                   internet.nodes[link.b.node.index].machine.index);
    const bool on_base = grounds_.internet(internet.base) == nullptr;
    return path && link.mtu_bytes < less(on_base ? std::min(path->mtu_bytes, kLargestPacketBytes)
                                                 : path->mtu_bytes,
                                         link.overhead_bytes);
  }

  Grounds& grounds_;
};

}  // namespace

void check_mtu(uint32_t mtu_bytes, Span span, const std::string& what, Diagnostics& diagnostics) {
  if (mtu_bytes >= kMinMtuIpv4 && mtu_bytes <= kMaxMtuIpv4) return;
  diagnostics.error(span, fmt::format("an mtu of {} for {} is out of range", mtu_bytes, what),
                    fmt::format("IPv4 needs {} to {} bytes", kMinMtuIpv4, kMaxMtuIpv4));
}

std::optional<PathMtus::Narrowest> PathMtus::one_way(uint32_t from, uint32_t to) {
  if (paths_.distance(from, to) == kUnreachable) return std::nullopt;
  Narrowest narrowest{UINT32_MAX, std::nullopt};
  std::vector<bool> seen(paths_.size(), false);
  std::vector<uint32_t> open{from};
  seen[from] = true;
  while (!open.empty()) {
    const uint32_t machine = open.back();
    open.pop_back();
    for (const BaseHop& hop : paths_.ways(machine, to)) {
      const uint32_t mtu_bytes = base_.links[hop.link].mtu_bytes;
      if (mtu_bytes < narrowest.mtu_bytes) narrowest = {mtu_bytes, hop.link};
      if (seen[hop.machine]) continue;
      seen[hop.machine] = true;
      open.push_back(hop.machine);
    }
  }
  return narrowest;
}

std::optional<PathMtus::Narrowest> PathMtus::between(uint32_t x, uint32_t y) {
  if (x == y) return Narrowest{base_.machines[x].mtu_bytes, std::nullopt};
  if (base_.fleet) {
    return Narrowest{std::min(base_.machines[x].mtu_bytes, base_.machines[y].mtu_bytes),
                     std::nullopt};
  }
  const auto [it, is_new] = known_.try_emplace(std::minmax(x, y));
  if (is_new) {
    const auto there = one_way(x, y), back = one_way(y, x);
    if (there && back) it->second = back->mtu_bytes < there->mtu_bytes ? back : there;
  }
  return it->second;
}

void size_mtus(const graph::Internet& internet, Grounds& grounds, InternetPlan& plan,
               Diagnostics& diagnostics) {
  constexpr size_t kMostExplained = 8;  // each takes a look at all layers
  const BasePlan& base = grounds.base(plan.base);
  const bool on_base = grounds.internet(plan.base) == nullptr;
  PathMtus path_mtus(base, grounds.paths(plan.base));
  size_t explained = 0;
  for (size_t i = 0; i < plan.links.size(); ++i) {
    LinkPlan& link = plan.links[i];
    const graph::Link& described = internet.links[i];
    const uint32_t x = plan.nodes[link.a.node.index].machine.index;
    const uint32_t y = plan.nodes[link.b.node.index].machine.index;
    const auto path = path_mtus.between(x, y);
    if (!path) {
      diagnostics.error(
          described.span,
          fmt::format("link '{}' needs a path between {} '{}' and '{}', and {} '{}' has none",
                      link.name, on_base ? "machines" : "nodes", base.machines[x].name,
                      base.machines[y].name, on_base ? "base" : "internet", base.name),
          on_base ? "" : "ways lead through nodes with `transit` only");
      continue;
    }
    link.overhead_bytes = on_base ? kOverheadBytes : kHeaderBytes;
    const uint32_t carried = std::min(path->mtu_bytes, kLargestPacketBytes);
    const uint32_t fits = less(carried, link.overhead_bytes);
    const auto arithmetic = [&] {
      if (++explained > kMostExplained) return std::string();
      return Arithmetic(grounds).text(plan.name, plan.base, x, y);
    };
    const std::optional<uint32_t> written =
        described.mtu_bytes ? described.mtu_bytes : internet.mtu_bytes;
    link.mtu_bytes = written.value_or(fits);
    if (link.mtu_bytes > fits) {
      diagnostics.error(
          described.span,
          fmt::format("an mtu of {} on link '{}' is more than its {} carries", *written, link.name,
                      on_base ? "base path" : "path on '" + base.name + "'"),
          arithmetic());
    } else if (link.mtu_bytes < kMinMtuIpv4) {
      diagnostics.error(described.span,
                        fmt::format("link '{}' has an mtu of {}; IPv4 needs {}", link.name,
                                    link.mtu_bytes, kMinMtuIpv4),
                        written ? "" : arithmetic());
    } else if (link.ipv6 && link.mtu_bytes < kMinMtuIpv6) {
      std::string note = written ? "" : arithmetic();
      if (!note.empty()) note += "; ";
      diagnostics.error(described.span,
                        fmt::format("link '{}' carries IPv6, which needs an mtu of {}, and has {}",
                                    link.name, kMinMtuIpv6, link.mtu_bytes),
                        note + "write `ipv6 = off` to do without IPv6");
    }
  }
}

}  // namespace vinet::plan
