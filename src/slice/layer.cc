#include "slice/layer.h"

#include <algorithm>

#include "plan/mtu.h"
#include "plan/share.h"
#include "plan/stack.h"
#include "slice/marks.h"
#include "support/check.h"

namespace vinet::slice {
namespace {

std::vector<Anchor> anchors_on(const plan::BasePlan& base) {
  std::vector<Anchor> anchors;
  for (const plan::MachinePlan& machine : base.machines) {
    anchors.push_back({namespace_name(base.name, machine.name), machine.base_address, {}});
  }
  for (const plan::BaseLinkPlan& link : base.links) {
    for (const plan::BaseLinkEnd* end : {&link.a, &link.b}) {
      anchors[end->machine.index].base_devices.push_back(end->device);
    }
  }
  for (Anchor& anchor : anchors) {
    if (!anchor.base_devices.empty()) anchor.base_devices.push_back(net::kWholeDevice);
  }
  return anchors;
}

/// The lower nodes themselves, with their own links as base devices.
std::vector<Anchor> anchors_in(const plan::InternetPlan& lower) {
  std::vector<Anchor> anchors;
  for (const plan::NodePlan& node : lower.nodes) {
    Anchor& anchor = anchors.emplace_back();
    anchor.space = namespace_name(lower.name, node.name);
    for (const plan::Interface& interface : node.interfaces) {
      anchor.base_devices.push_back(interface.device);
    }
  }
  return anchors;
}

/// Of the machines that `internet` stands on, in their order.
std::vector<Anchor> anchors_under(const plan::InternetPlan& internet, const plan::Plan& world) {
  const plan::InternetPlan* lower = plan::lower_of(world, internet);
  if (lower == nullptr) {
    const plan::BasePlan* base = world.find_base(internet.base);
    VINET_CHECK(base != nullptr);
    return anchors_on(*base);
  }
  if (!internet.flattened) return anchors_in(*lower);
  const std::vector<Anchor> under = anchors_under(*lower, world);
  std::vector<Anchor> anchors;
  for (const plan::NodePlan& node : lower->nodes) anchors.push_back(under[node.machine.index]);
  return anchors;
}

std::vector<const plan::InternetPlan*> right_above(const plan::InternetPlan& internet,
                                                   const plan::Plan& world) {
  std::vector<const plan::InternetPlan*> above;
  for (const plan::InternetPlan& other : world.internets) {
    if (other.base == internet.name) above.push_back(&other);
  }
  return above;
}

/// The largest MTU that any link of the internet cannot do without.
uint32_t least_mtu(const plan::InternetPlan& internet, const plan::Plan& world) {
  uint32_t least = 0;
  for (const plan::LinkPlan& link : internet.links) {
    least = std::max(least, link.ipv6 ? plan::kMinMtuIpv6 : plan::kMinMtuIpv4);
  }
  for (const plan::InternetPlan* upper : right_above(internet, world)) {
    least = std::max(least, least_mtu(*upper, world) + plan::kHeaderBytes);
  }
  return least;
}

}  // namespace

SourceCheck Layer::check_of(const plan::NodePlan& node) const {
  SourceCheck check;
  if (!is_lower || node.transit) return check;
  check.on = true;
  check.block = node.block;
  const auto add = [&](net::Ipv4 address) {
    if (!net::contains(node.block, address)) check.others.push_back(address);
  };
  add(node.identity);
  for (const plan::Interface& interface : node.interfaces) add(interface.address);
  std::sort(check.others.begin(), check.others.end());
  return check;
}

Layer layer_of(const plan::InternetPlan& internet, const plan::Plan& world) {
  Layer layer;
  layer.lower = plan::lower_of(world, internet);
  layer.anchors = anchors_under(internet, world);
  layer.headers = plan::depth(world, internet) + 1;
  const plan::InternetPlan* lowest = &internet;
  while (const plan::InternetPlan* under = plan::lower_of(world, *lowest)) lowest = under;
  if (lowest->share_bps != 0) layer.share = plan::share_id(lowest->name);
  for (const plan::InternetPlan* upper : right_above(internet, world)) {
    layer.is_lower = true;
    layer.floor_bytes = std::max(layer.floor_bytes, least_mtu(*upper, world) + plan::kHeaderBytes);
  }
  return layer;
}

}  // namespace vinet::slice
