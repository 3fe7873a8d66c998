#include "plan/lay_out.h"

#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "plan/names.h"

namespace vinet::plan {

InternetPlan lay_out(const graph::Internet& internet) {
  InternetPlan plan;
  plan.name = internet.name;
  plan.base = internet.on;
  plan.sitn_strict = internet.sitn_strict;
  plan.lease_s = internet.lease_s.value_or(0);
  plan.share_bps = internet.share_bps;
  plan.flatten = internet.flatten;
  plan.annotations = internet.annotations;
  plan.nodes.reserve(internet.nodes.size());
  plan.links.reserve(internet.links.size());
  for (const graph::Node& node : internet.nodes) {
    NodePlan& planned = plan.nodes.emplace_back();
    planned.name = node.name;
    planned.kind = node.kind;
    planned.transit = node.transit;
    planned.run = node.run;
    planned.annotations = node.annotations;
  }
  for (uint32_t i = 0; i < internet.links.size(); ++i) {
    const graph::Link& link = internet.links[i];
    LinkPlan& planned = plan.links.emplace_back();
    planned.name = link.name;
    planned.rate_bps = link.rate_bps;
    planned.delay_us = link.delay_us;
    planned.loss_ppb = link.loss_ppb;
    planned.cost = link.cost;
    planned.annotations = link.annotations;
    planned.ipv6 = link.ipv6.value_or(internet.ipv6);
    const auto attach = [&](LinkEndPlan& end, NodeId node) {
      auto& interfaces = plan.nodes[node.index].interfaces;
      end.node = node;
      end.interface = static_cast<uint32_t>(interfaces.size());
      interfaces.emplace_back().link = LinkId{i};
    };
    attach(planned.a, link.a.node);
    attach(planned.b, link.b.node);
  }
  return plan;
}

namespace {

const LinkEndPlan& far_end(const InternetPlan& plan, LinkId link, uint32_t node) {
  const LinkPlan& l = plan.links[link.index];
  return l.a.node.index == node ? l.b : l.a;
}

/// The names of a node's devices in the previous plan, by link and neighbour.
using PreviousNames = std::map<std::pair<std::string, std::string>, std::string>;

PreviousNames previous_names(const InternetPlan& previous, uint32_t node) {
  PreviousNames names;
  for (const Interface& interface : previous.nodes[node].interfaces) {
    const LinkEndPlan& far = far_end(previous, interface.link, node);
    names[{previous.links[interface.link.index].name, previous.nodes[far.node.index].name}] =
        interface.device;
  }
  return names;
}

uint64_t as_number(const net::Mac& mac) {
  uint64_t number = 0;
  for (const uint8_t byte : mac.bytes) number = number << 8 | byte;
  return number;
}

}  // namespace

void name_interfaces(const graph::Internet& internet, const InternetPlan* previous,
                     InternetPlan& plan) {
  std::map<std::string, uint32_t> before;
  for (uint32_t i = 0; previous != nullptr && i < previous->nodes.size(); ++i)
    before[previous->nodes[i].name] = i;
  std::unordered_set<uint64_t> macs;
  macs.reserve(2 * plan.links.size());
  for (uint32_t i = 0; i < plan.nodes.size(); ++i) {
    NodePlan& node = plan.nodes[i];
    const auto old = before.find(node.name);
    const PreviousNames names =
        old == before.end() ? PreviousNames{} : previous_names(*previous, old->second);
    std::vector<Neighbour> neighbours;
    for (Interface& interface : node.interfaces) {
      const LinkPlan& link = plan.links[interface.link.index];
      const std::string& neighbour = plan.nodes[far_end(plan, interface.link, i).node.index].name;
      const auto name = names.find({link.name, neighbour});
      neighbours.push_back({std::string(relative_name(node.name, neighbour)), link.name,
                            internet.links[interface.link.index].named,
                            name == names.end() ? "" : name->second});
      std::string seed = plan.name + ":" + link.name + "@" + node.name;
      while (!macs.insert(as_number(interface.mac = net::mac_from(seed))).second) seed += "'";
    }
    const std::vector<std::string> devices = device_names(neighbours);
    for (size_t k = 0; k < devices.size(); ++k) node.interfaces[k].device = devices[k];
  }
}

void set_base_addresses(const BasePlan& base, InternetPlan& plan) {
  for (LinkPlan& link : plan.links) {
    const MachineId a = plan.nodes[link.a.node.index].machine,
                    b = plan.nodes[link.b.node.index].machine;
    link.a.base_address = base.machines[a.index].base_address;
    link.b.base_address = base.machines[b.index].base_address;
    link.local = a == b;
  }
}

}  // namespace vinet::plan
