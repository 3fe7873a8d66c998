// The table of contents of the check: one class a kind of plan, one member a promise.
#include "plan/model_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "plan/as_base.h"
#include "plan/node_addresses.h"
#include "plan/path_mtu.h"
#include "plan/route_walk.h"
#include "plan/stack.h"

namespace vinet::plan {
namespace {

constexpr uint32_t kHeaderBytes = 20;
constexpr uint32_t kLeastIpv4Bytes = 68;    // RFC 791 §3.2
constexpr uint32_t kLeastIpv6Bytes = 1280;  // RFC 8200 §5
constexpr size_t kLongestDevice = 15;       // IFNAMSIZ - 1

/// Addresses, and who has each.
class Owners {
 public:
  /// Whose it was already, or nothing.
  const std::string* claim(const net::IpAddress& address, const std::string& owner) {
    const auto [it, is_new] = owners_.emplace(address, owner);
    return is_new ? nullptr : &it->second;
  }

 private:
  std::map<net::IpAddress, std::string> owners_;
};

void add_walk(const std::vector<ForwardingNode>& nodes, const std::string& owner,
              const WalkReport& walk, ModelReport& report) {
  for (const WayFault& fault : walk.faults) {
    report.faults.push_back({owner + "." + *nodes[fault.node].name, fault.what});
  }
  report.more_faults += walk.fault_count - walk.faults.size();
  report.ways += walk.ways;
  report.addresses += walk.addresses;
  report.addresses_walked += walk.addresses_walked;
}

void walk(const std::vector<ForwardingNode>& nodes, bool ipv6, bool alternates,
          const std::string& owner, ModelReport& report) {
  const Forwarding forwarding(nodes, ipv6);
  report.routes += forwarding.routes();
  for (const BrokenRoute& broken : forwarding.broken()) {
    report.faults.push_back({owner + "." + *nodes[broken.node].name,
                             fmt::format("the route to {} has a next hop that is no neighbour: {}",
                                         net::to_string(broken.route->destination), broken.why)});
  }
  add_walk(nodes, owner, walk_routes(nodes, forwarding), report);
  if (alternates) add_walk(nodes, owner, walk_alternates(nodes, forwarding), report);
}

/// Device names of one namespace.
class Devices {
 public:
  Devices(const std::string& where, ModelReport& report) : where_(where), report_(report) {}
  void add(const std::string& device, const net::Mac& mac) {
    if (device.empty() || device.size() > kLongestDevice || device == "lo") {
      report_.faults.push_back({where_, fmt::format("'{}' is no name for a device", device)});
    }
    if (!names_.insert(device).second) {
      report_.faults.push_back({where_, fmt::format("two devices are called {}", device)});
    }
    if (!macs_.insert(net::to_string(mac)).second) {
      report_.faults.push_back(
          {where_, fmt::format("two devices have MAC {}", net::to_string(mac))});
    }
  }

 private:
  const std::string& where_;
  ModelReport& report_;
  std::set<std::string> names_, macs_;
};

class InternetCheck {
 public:
  /// `base`: what the internet stands on, an internet as one; `lower`: that internet, or null.
  InternetCheck(const InternetPlan& internet, const BasePlan& base, const InternetPlan* lower,
                const Plan& running, ModelReport& report)
      : internet_(internet), base_(base), lower_(lower), running_(running), report_(report) {}

  void run() {
    check_link_addresses();
    if (lower_ != nullptr) check_stack();
    check_end_addresses();
    check_strict();
    for (const NodePlan& node : internet_.nodes) check_devices(node);
    check_links();
    for (const bool ipv6 : {false, true}) {
      walk(forwarding_nodes(internet_, ipv6), ipv6, false, internet_.name, report_);
    }
  }

 private:
  void fault(const std::string& name, std::string what) {
    report_.faults.push_back({internet_.name + "." + name, std::move(what)});
  }

  /// On each bottom machine an address is that of one link, or the machine's; so no two ends there
  /// have one key.
  void check_link_addresses() {
    std::vector<Owners> by_machine(base_.machines.size());
    for (size_t i = 0; i < base_.machines.size(); ++i) {
      by_machine[i].claim(
          base_.machines[i].base_address,
          (lower_ == nullptr ? "machine " : "node ") + base_.name + "." + base_.machines[i].name);
    }
    // The links of this internet last: a clash is told as its fault.
    std::vector<const InternetPlan*> internets;
    for (const InternetPlan& other : running_.internets) {
      if (other.base == base_.name && other.name != internet_.name) internets.push_back(&other);
    }
    internets.push_back(&internet_);
    for (const InternetPlan* internet : internets) {
      for (const LinkPlan& link : internet->links) {
        const uint32_t a = internet->nodes[link.a.node.index].machine.index;
        const uint32_t b = internet->nodes[link.b.node.index].machine.index;
        claim(by_machine[a], a, link, *internet);
        if (a != b) claim(by_machine[b], b, link, *internet);
      }
    }
  }

  void claim(Owners& owners, uint32_t machine, const LinkPlan& link, const InternetPlan& internet) {
    for (const net::Ipv4 address : {link.a.link_address, link.b.link_address}) {
      const std::string* other = owners.claim(address, "link " + internet.name + "." + link.name);
      if (other == nullptr || &internet != &internet_) continue;
      fault(link.name,
            fmt::format("link address {} is also that of {} on {} {}.{}", net::to_string(address),
                        *other, lower_ == nullptr ? "machine" : "node", base_.name,
                        base_.machines[machine].name));
    }
  }

  /// Above the first layer: link addresses are led to by lower's routes and used by nobody there;
  /// it is flattened if it may be.
  void check_stack() {
    for (const LinkPlan& link : internet_.links) {
      for (const LinkEndPlan* end : {&link.a, &link.b}) {
        const NodePlan& below = lower_->nodes[internet_.nodes[end->node.index].machine.index];
        const std::string address = net::to_string(end->link_address);
        if (!net::contains(below.block, end->link_address)) {
          fault(link.name, fmt::format("link address {} is not of block {} of {}.{}", address,
                                       net::to_string(below.block), lower_->name, below.name));
        }
        const std::vector<net::IpAddress> own = end_addresses(below);
        if (std::find(own.begin(), own.end(), net::IpAddress(end->link_address)) != own.end()) {
          fault(link.name, fmt::format("link address {} is also an end address of {}.{}", address,
                                       lower_->name, below.name));
        }
      }
    }
    const std::string because = unflattened_because(running_, *lower_, internet_.flatten);
    if (internet_.flattened != because.empty()) {
      report_.faults.push_back({internet_.name, internet_.flattened
                                                    ? "is flattened, and must not be: " + because
                                                    : "is not flattened, and might be"});
    }
  }

  void check_end_addresses() {
    Owners owners;
    const auto add = [&](const NodePlan& node, const net::IpAddress& address) {
      if (const std::string* other = owners.claim(address, node.name)) {
        fault(node.name, *other == node.name ? fmt::format("has {} twice", net::to_string(address))
                                             : fmt::format("end address {} is also that of {}",
                                                           net::to_string(address), *other));
      }
    };
    for (const NodePlan& node : internet_.nodes) {
      add(node, node.identity);
      if (node.identity6) add(node, *node.identity6);
      for (const Interface& interface : node.interfaces) {
        add(node, interface.address);
        if (interface.address6) add(node, *interface.address6);
      }
    }
  }

  /// The bottom machines of its nodes; of a layer that is not known, none.
  std::set<std::pair<std::string, uint32_t>> bottom_machines(const InternetPlan& internet) const {
    std::set<std::pair<std::string, uint32_t>> machines;
    for (uint32_t i = 0; i < internet.nodes.size(); ++i) {
      auto [base, machine] = bottom_machine(running_, internet, NodeId{i});
      if (!base.empty()) machines.emplace(std::move(base), machine.index);
    }
    return machines;
  }

  /// `sitn = strict`: no end address may repeat on a bottom machine.
  void check_strict() {
    for (const InternetPlan& other : running_.internets) {
      if (other.name == internet_.name) continue;
      if (!internet_.sitn_strict && !other.sitn_strict) continue;
      const auto ours = bottom_machines(internet_), theirs = bottom_machines(other);
      const bool meet = std::any_of(ours.begin(), ours.end(),
                                    [&](const auto& machine) { return theirs.contains(machine); });
      if (meet) compare_addresses(other);
    }
  }

  void compare_addresses(const InternetPlan& other) {
    std::map<net::IpAddress, const NodePlan*> theirs;
    for (const NodePlan& node : other.nodes) {
      for (const net::IpAddress& address : end_addresses(node)) theirs.emplace(address, &node);
    }
    for (const NodePlan& node : internet_.nodes) {
      for (const net::IpAddress& address : end_addresses(node)) {
        const auto it = theirs.find(address);
        if (it == theirs.end()) continue;
        fault(node.name, fmt::format("sitn = strict: end address {} is also that of {}.{}",
                                     net::to_string(address), other.name, it->second->name));
      }
    }
  }

  void check_devices(const NodePlan& node) {
    const std::string where = internet_.name + "." + node.name;
    Devices devices(where, report_);
    for (const Interface& interface : node.interfaces) devices.add(interface.device, interface.mac);
  }

  void check_links() {
    std::optional<PathMtu> on_base;
    std::optional<LowerPathMtu> on_lower;
    if (lower_ == nullptr) {
      on_base.emplace(base_);
    } else {
      on_lower.emplace(*lower_);
    }
    size_t smaller = 0;
    for (const LinkPlan& link : internet_.links) {
      const NodePlan &a = internet_.nodes[link.a.node.index],
                     &b = internet_.nodes[link.b.node.index];
      for (const auto& [end, node] : {std::pair(&link.a, &a), std::pair(&link.b, &b)}) {
        const MachinePlan& machine = base_.machines[node->machine.index];
        if (end->base_address != machine.base_address) {
          fault(link.name, fmt::format("base address {} at {} is not that of its machine {}, {}",
                                       net::to_string(end->base_address), node->name, machine.name,
                                       net::to_string(machine.base_address)));
        }
      }
      if (link.local != (a.machine == b.machine)) {
        fault(link.name, link.local ? "is said to stay on one machine, and its ends are on two"
                                    : "has both ends on one machine, and is not said to");
      }
      if (a.interfaces[link.a.interface].mac == b.interfaces[link.b.interface].mac) {
        fault(link.name, "both ends have one MAC, so one IPv6 link-local address");
      }
      const uint32_t x = a.machine.index, y = b.machine.index;
      const auto path = on_base ? on_base->between(x, y) : path_on_lower(*on_lower, link, x, y);
      smaller += check_mtu(link, path) ? 1 : 0;
    }
    if (smaller > 0) {
      report_.notes.push_back(fmt::format(
          "{} of {} links have a smaller mtu than their {} "
          "carries, as a description may say",
          smaller, internet_.links.size(), lower_ == nullptr ? "base path" : "path below"));
    }
  }

  std::optional<uint32_t> path_on_lower(const LowerPathMtu& path_mtu, const LinkPlan& link,
                                        uint32_t x, uint32_t y) const {
    if (x == y) return base_.machines[x].mtu_bytes;
    const auto there = path_mtu.one_way(x, y, link.b.link_address);
    const auto back = path_mtu.one_way(y, x, link.a.link_address);
    return there && back ? std::optional(std::min(*there, *back)) : std::nullopt;
  }

  /// Is it smaller than need be?
  bool check_mtu(const LinkPlan& link, std::optional<uint32_t> path) {
    const uint32_t overhead = lower_ == nullptr ? 2 * kHeaderBytes : kHeaderBytes;
    if (link.overhead_bytes != overhead) {
      fault(link.name,
            fmt::format("overhead {}: {} {} bytes", link.overhead_bytes,
                        lower_ == nullptr ? "base and link header have" : "the link header has",
                        overhead));
    }
    const std::string on = lower_ == nullptr ? "base path" : "path on " + lower_->name;
    if (!path) {
      fault(link.name, fmt::format("{} has no path between its ends",
                                   lower_ == nullptr ? "the base" : lower_->name));
      return false;
    }
    if (link.mtu_bytes + overhead > *path) {
      fault(link.name, fmt::format("mtu {}, but its {} carries {} - {} = {}", link.mtu_bytes, on,
                                   *path, overhead, static_cast<int64_t>(*path) - overhead));
    }
    const uint32_t least = link.ipv6 ? kLeastIpv6Bytes : kLeastIpv4Bytes;
    if (link.mtu_bytes < least) {
      fault(link.name, fmt::format("mtu {}, but {} needs {}", link.mtu_bytes,
                                   link.ipv6 ? "IPv6" : "IPv4", least));
    }
    return link.mtu_bytes + overhead < *path;
  }

  const InternetPlan& internet_;
  const BasePlan& base_;
  const InternetPlan* const lower_;
  const Plan& running_;
  ModelReport& report_;
};

}  // namespace

ModelReport check_model(const BasePlan& base) {
  ModelReport report;
  Owners owners;
  const auto add = [&](const std::string& name, net::Ipv4 address) {
    if (const std::string* other = owners.claim(address, name)) {
      report.faults.push_back(
          {base.name + "." + name,
           fmt::format("address {} is also that of {}", net::to_string(address), *other)});
    }
  };
  for (const MachinePlan& machine : base.machines) add(machine.name, machine.base_address);
  std::vector<std::vector<const BaseLinkEnd*>> ends(base.machines.size());
  for (const BaseLinkPlan& link : base.links) {
    for (const BaseLinkEnd* end : {&link.a, &link.b}) {
      add(link.name, end->address);
      ends[end->machine.index].push_back(end);
    }
  }
  for (size_t i = 0; i < ends.size(); ++i) {
    const std::string where = base.name + "." + base.machines[i].name;
    Devices devices(where, report);
    for (const BaseLinkEnd* end : ends[i]) devices.add(end->device, end->mac);
  }
  walk(forwarding_nodes(base), false, true, base.name, report);
  return report;
}

ModelReport check_model(const InternetPlan& internet, const Plan& running) {
  ModelReport report;
  if (const BasePlan* base = running.find_base(internet.base)) {
    InternetCheck(internet, *base, nullptr, running, report).run();
  } else if (const InternetPlan* lower = lower_of(running, internet)) {
    InternetCheck(internet, as_base(*lower, &running), lower, running, report).run();
  } else {
    report.faults.push_back({internet.name, "its base " + internet.base + " is not known"});
  }
  return report;
}

}  // namespace vinet::plan
