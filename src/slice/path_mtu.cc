#include "slice/path_mtu.h"

#include <algorithm>

#include "plan/as_base.h"
#include "plan/base_paths.h"
#include "plan/mtu.h"
#include "slice/marks.h"

namespace vinet::slice {
namespace {

/// Makes room for headers, and never less than IPv4 needs.
uint32_t room_in(uint32_t carried, uint32_t overhead) {
  return std::max(carried, overhead + plan::kMinMtuIpv4) - overhead;
}

/// What an end becomes that carries so much in one piece; false if that is all it needs.
bool shrink_end(LinkEnd& end, uint32_t carries) {
  if (carries >= end.mtu_bytes) return false;
  const uint32_t least =
      std::max(end.ipv6 ? plan::kMinMtuIpv6 : plan::kMinMtuIpv4, end.floor_bytes);
  end.whole_bytes = carries;
  end.mtu_bytes = std::min(end.mtu_bytes, std::max(carries, least));
  return true;
}

using MtuByBackside = std::map<std::string, uint32_t>;

void shrink_devices(Slice& slice, const MtuByBackside& mtus) {
  if (mtus.empty()) return;
  for (Veth& veth : slice.veths) {
    const auto shrunk = mtus.find(veth.b.name);
    if (veth.role != VethRole::kLink || shrunk == mtus.end()) continue;
    // Where super-packets are off (lower.cc), their limit is the MTU.
    if (veth.a.gso_max_bytes == veth.a.mtu_bytes) veth.a.gso_max_bytes = shrunk->second;
    veth.a.mtu_bytes = shrunk->second;
    veth.b.mtu_bytes = shrunk->second;
  }
}

}  // namespace

uint32_t path_mtu_of(const LinkEnd& end) {
  return end.whole_bytes + plan::kOverheadBytes;
}

void shrink_to_paths(Slice& slice, const PathMtus& paths) {
  if (paths.empty()) return;
  MtuByBackside mtus;
  for (LinkEnd& end : slice.link_ends) {
    if (end.local || !end.on.empty()) continue;
    const auto path = paths.find(end.base_destination);
    if (path == paths.end()) continue;
    if (shrink_end(end, room_in(path->second, plan::kOverheadBytes))) {
      mtus[end.backside] = end.mtu_bytes;
    }
  }
  shrink_devices(slice, mtus);
}

void shrink_to_carried(Slice& slice, const plan::InternetPlan& internet,
                       const std::vector<uint32_t>& carried) {
  std::map<std::string, uint32_t> by_link;
  for (size_t i = 0; i < internet.links.size() && i < carried.size(); ++i) {
    by_link.emplace(internet.links[i].name, carried[i]);
  }
  std::map<std::string, uint32_t> by_backside;
  for (const Veth& veth : slice.veths) {
    const auto mark = parse_device_mark(veth.b.alias);
    if (veth.role != VethRole::kLink || !mark) continue;
    const auto link = by_link.find(mark->link);
    if (link != by_link.end()) by_backside.emplace(veth.b.name, link->second);
  }
  // In a node, it is the links below that fragment outside.
  const bool in_node = slice.base_address == net::Ipv4{};
  MtuByBackside mtus;
  for (LinkEnd& end : slice.link_ends) {
    const auto carries = by_backside.find(end.backside);
    if (end.local || carries == by_backside.end()) continue;
    if (!shrink_end(end, carries->second)) continue;
    if (in_node) end.whole_bytes = end.mtu_bytes;
    mtus[end.backside] = end.mtu_bytes;
  }
  shrink_devices(slice, mtus);
}

namespace {

/// Of an internet on a base: the lesser of the two directions of each link.
std::vector<uint32_t> carried_on_base(const plan::InternetPlan& internet,
                                      const plan::BasePlan& base, const PathsInForce& paths) {
  const auto path_mtu = [&](const plan::LinkEndPlan& from, const plan::LinkEndPlan& to) {
    const plan::MachinePlan& machine = base.machines[internet.nodes[from.node.index].machine.index];
    const auto of_machine = paths.find(namespace_name(base.name, machine.name));
    if (of_machine == paths.end()) return UINT32_MAX;
    const auto path = of_machine->second.find(to.base_address);
    return path == of_machine->second.end() ? UINT32_MAX : path->second;
  };
  std::vector<uint32_t> bytes;
  for (const plan::LinkPlan& link : internet.links) {
    uint32_t carries = link.mtu_bytes;
    const uint32_t path = std::min(path_mtu(link.a, link.b), path_mtu(link.b, link.a));
    if (!link.local && path != UINT32_MAX) {
      carries = std::min(carries, room_in(path, plan::kOverheadBytes));
    }
    bytes.push_back(carries);
  }
  return bytes;
}

/// Of an internet on another: the least of all ways, as the plan's MTUs are found.
std::vector<uint32_t> carried_on_internet(const plan::InternetPlan& internet,
                                          const plan::InternetPlan& lower,
                                          const std::vector<uint32_t>& carried) {
  plan::BasePlan base = plan::as_base(lower);
  for (size_t i = 0; i < base.links.size(); ++i) base.links[i].mtu_bytes = carried[i];
  plan::BasePaths paths(base);
  plan::PathMtus path_mtus(base, paths);
  std::vector<uint32_t> bytes;
  for (const plan::LinkPlan& link : internet.links) {
    uint32_t carries = link.mtu_bytes;
    const uint32_t x = internet.nodes[link.a.node.index].machine.index;
    const uint32_t y = internet.nodes[link.b.node.index].machine.index;
    if (const auto path = link.local ? std::nullopt : path_mtus.between(x, y)) {
      carries = std::min(carries, room_in(path->mtu_bytes, plan::kHeaderBytes));
    }
    bytes.push_back(carries);
  }
  return bytes;
}

bool is_less(const std::vector<uint32_t>& carried, const plan::InternetPlan& internet) {
  for (size_t i = 0; i < carried.size(); ++i) {
    if (carried[i] < internet.links[i].mtu_bytes) return true;
  }
  return false;
}

}  // namespace

Carried carried(const plan::Plan& world, const PathsInForce& paths) {
  Carried all;
  if (paths.empty()) return all;
  for (const plan::InternetPlan& internet : world.internets) {
    std::vector<uint32_t> bytes;
    if (const plan::BasePlan* base = world.find_base(internet.base)) {
      bytes = carried_on_base(internet, *base, paths);
    } else if (const auto below = all.find(internet.base); below != all.end()) {
      bytes = carried_on_internet(internet, *world.find_internet(internet.base), below->second);
    }
    if (is_less(bytes, internet)) all.emplace(internet.name, std::move(bytes));
  }
  return all;
}

}  // namespace vinet::slice
