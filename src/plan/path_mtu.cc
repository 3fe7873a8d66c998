#include "plan/path_mtu.h"

#include <algorithm>
#include <string_view>

namespace vinet::plan {
namespace {

constexpr uint32_t kLargestPushedBytes = 16'000;

}  // namespace

LowerPathMtu::LowerPathMtu(const InternetPlan& lower)
    : nodes_(forwarding_nodes(lower, false)), forwarding_(nodes_, false) {
  for (const LinkPlan& link : lower.links) {
    const auto pair = std::minmax(link.a.node.index, link.b.node.index);
    uint32_t& mtu_bytes = mtus_.try_emplace(pair, link.mtu_bytes).first->second;
    mtu_bytes = std::min(mtu_bytes, link.mtu_bytes);
  }
}

std::optional<uint32_t> LowerPathMtu::one_way(uint32_t from, uint32_t to, net::Ipv4 address) const {
  const AddressNumber target = number_of(address);
  uint32_t mtu_bytes = UINT32_MAX;
  std::vector<bool> seen(nodes_.size(), false);
  std::vector<uint32_t> open{from};
  seen[from] = true;
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (at == to) continue;
    if (at != from && !nodes_[at].transit) return std::nullopt;
    const auto next = forwarding_.next(at, target);
    if (next.empty()) return std::nullopt;
    for (const uint32_t node : next) {
      mtu_bytes = std::min(mtu_bytes, mtus_.at(std::minmax(at, node)));
      if (!seen[node]) open.push_back(node);
      seen[node] = true;
    }
  }
  return seen[to] ? std::optional(mtu_bytes) : std::nullopt;
}

PathMtu::PathMtu(const BasePlan& base) : base_(base), ways_(base.machines.size()) {
  std::vector<std::map<std::string_view, Way>> devices(base.machines.size());
  for (const BaseLinkPlan& link : base.links) {
    devices[link.a.machine.index][link.a.device] = {0, link.b.machine.index, link.mtu_bytes};
    devices[link.b.machine.index][link.b.device] = {0, link.a.machine.index, link.mtu_bytes};
  }
  for (size_t i = 0; i < ways_.size(); ++i) {
    for (const net::Route& route : base.machines[i].routes) {
      const auto device = devices[i].find(route.device);
      const auto* to = std::get_if<net::Ipv4>(&route.destination.network);
      if (device == devices[i].end() || to == nullptr || route.destination.length != 32) continue;
      ways_[i].push_back({to->bits, device->second.next, device->second.mtu_bytes});
    }
    std::sort(ways_[i].begin(), ways_[i].end(),
              [](const Way& x, const Way& y) { return x.to < y.to; });
  }
}

std::optional<uint32_t> PathMtu::one_way(uint32_t from, uint32_t to) const {
  const uint32_t target = base_.machines[to].base_address.bits;
  uint32_t mtu_bytes = ~uint32_t{0};
  std::vector<bool> seen(base_.machines.size(), false);
  std::vector<uint32_t> open{from};
  seen[from] = true;
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (at == to) continue;
    auto way = std::lower_bound(ways_[at].begin(), ways_[at].end(), target,
                                [](const Way& x, uint32_t y) { return x.to < y; });
    if (way == ways_[at].end() || way->to != target) return std::nullopt;
    for (; way != ways_[at].end() && way->to == target; ++way) {
      mtu_bytes = std::min(mtu_bytes, way->mtu_bytes);
      if (!seen[way->next]) open.push_back(way->next);
      seen[way->next] = true;
    }
  }
  return seen[to] ? std::optional(mtu_bytes) : std::nullopt;
}

std::optional<uint32_t> PathMtu::between(uint32_t x, uint32_t y) {
  if (base_.fleet) {  // whose network is not ours: what its machines send at once
    return std::min(base_.machines[x].mtu_bytes, base_.machines[y].mtu_bytes);
  }
  if (x == y) return std::min(base_.machines[x].mtu_bytes, kLargestPushedBytes);
  const auto [it, is_new] = known_.try_emplace(std::minmax(x, y));
  if (is_new) {
    const auto there = one_way(x, y), back = one_way(y, x);
    if (there && back) it->second = std::min({*there, *back, kLargestPushedBytes});
  }
  return it->second;
}

}  // namespace vinet::plan
