#include "capture/base_ways.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>

namespace vinet::capture {
namespace {

/// Devices over which a machine sends to an address, best ones first.
std::vector<std::string> devices_to(const plan::MachinePlan& machine, net::Ipv4 address) {
  std::vector<const net::Route*> routes;
  for (const net::Route& route : machine.routes) {
    const bool leads = net::contains(route.destination, address);
    if (leads && route.type == net::RouteType::kUnicast) routes.push_back(&route);
  }
  std::stable_sort(routes.begin(), routes.end(),
                   [](const auto* x, const auto* y) { return x->metric < y->metric; });
  std::vector<std::string> devices;
  for (const net::Route* route : routes) {
    devices.push_back(route->device);
    for (const net::NextHop& hop : route->others) devices.push_back(hop.device);
  }
  return devices;
}

std::optional<BaseEnd> end_at(const plan::BasePlan& base, uint32_t machine,
                              const std::string& device) {
  for (uint32_t i = 0; i < base.links.size(); ++i) {
    for (const bool at_a : {true, false}) {
      const plan::BaseLinkEnd& end = end_of(base, {i, at_a});
      if (end.machine.index == machine && end.device == device) return BaseEnd{i, at_a};
    }
  }
  return std::nullopt;
}

void walk(const plan::BasePlan& base, uint32_t from, uint32_t to, std::vector<BaseEnd>& met) {
  const auto meet = [&met](const BaseEnd& end) {
    if (std::find(met.begin(), met.end(), end) == met.end()) met.push_back(end);
  };
  std::set<uint32_t> seen = {from};
  std::deque<uint32_t> queue = {from};
  for (; !queue.empty(); queue.pop_front()) {
    const uint32_t at = queue.front();
    if (at == to) continue;
    for (const std::string& device :
         devices_to(base.machines[at], base.machines[to].base_address)) {
      const std::optional<BaseEnd> end = end_at(base, at, device);
      if (!end) continue;
      meet(*end);
      meet({end->link, !end->at_a});
      const uint32_t next = other_end_of(base, *end).machine.index;
      if (seen.insert(next).second) queue.push_back(next);
    }
  }
}

}  // namespace

const plan::BaseLinkEnd& end_of(const plan::BasePlan& base, const BaseEnd& end) {
  const plan::BaseLinkPlan& link = base.links[end.link];
  return end.at_a ? link.a : link.b;
}
const plan::BaseLinkEnd& other_end_of(const plan::BasePlan& base, const BaseEnd& end) {
  return end_of(base, {end.link, !end.at_a});
}

std::vector<BaseEnd> ways_between(const plan::BasePlan& base, plan::MachineId first,
                                  plan::MachineId second) {
  std::vector<BaseEnd> met;
  walk(base, first.index, second.index, met);
  walk(base, second.index, first.index, met);
  return met;
}

}  // namespace vinet::capture
