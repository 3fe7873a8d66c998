#include "plan/base_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plan/base_paths.h"
#include "plan/fleet_base.h"
#include "plan/mtu.h"
#include "plan/names.h"

namespace vinet::plan {
namespace {

constexpr net::Ipv4 kMachinePool{0xc0a80000};  // 192.168.0.0/17
constexpr net::Ipv4 kLinkPool{0xc0a88000};     // 192.168.128.0/17
constexpr size_t kMaxMachines = 2000;          // routes grow with the square
constexpr size_t kMaxLinks = (1U << 15) / 2;

uint32_t mtu_of(const graph::Base& base, const graph::BaseLink& link) {
  return link.mtu_bytes.value_or(
      std::min(base.machines[link.a.index].mtu_bytes, base.machines[link.b.index].mtu_bytes));
}

void validate(const graph::Base& base, const Features& features, Diagnostics& diagnostics) {
  if (base.machines.size() > kMaxMachines) {
    diagnostics.error(base.span,
                      fmt::format("base '{}' has {} machines; more than {} are not supported yet",
                                  base.name, base.machines.size(), kMaxMachines));
  }
  if (base.links.size() > kMaxLinks) {
    diagnostics.error(base.span, fmt::format("base '{}' has {} links; 192.168.128.0/17 numbers {}",
                                             base.name, base.links.size(), kMaxLinks));
  }
  for (const graph::Machine& machine : base.machines) {
    check_mtu(machine.mtu_bytes, machine.span, "machine '" + machine.name + "'", diagnostics);
  }
  for (const graph::BaseLink& link : base.links) {
    check_mtu(mtu_of(base, link), link.span, "link '" + link.name + "'", diagnostics);
    if (link.a == link.b) {
      diagnostics.error(link.span, fmt::format("link '{}' joins a machine to itself", link.name));
    }
    if (link.cost == 0) diagnostics.error(link.span, "the cost of a link is at least 1");
    if (link.rate_bps != 0 && !features.tbf) {
      diagnostics.error(
          link.span,
          "`rate` needs the kernel's tbf queueing discipline, which this kernel does not have");
    }
  }
}

/// Was the link's name written, and not made of the names of its ends?
bool is_written(const BasePlan& plan, const BaseLinkPlan& link) {
  const std::string made =
      plan.machines[link.a.machine.index].name + "-" + plan.machines[link.b.machine.index].name;
  return link.name != made && !link.name.starts_with(made + ":");
}

/// What a base had before and keeps: addresses of machines, addresses and devices of link ends, all
/// by their names.
class Before {
 public:
  explicit Before(const BasePlan* previous) {
    if (previous == nullptr) return;
    for (const MachinePlan& machine : previous->machines) {
      machines_.emplace(machine.name, machine.base_address);
      taken_.insert(machine.base_address.bits);
    }
    for (const BaseLinkPlan& link : previous->links) {
      for (const BaseLinkEnd* end : {&link.a, &link.b}) {
        ends_.emplace(std::pair(link.name, previous->machines[end->machine.index].name), end);
        taken_.insert(end->address.bits);
      }
    }
  }

  net::Ipv4 address_of(const std::string& machine) {
    const auto it = machines_.find(machine);
    return it == machines_.end() ? take(next_machine_, 1) : it->second;
  }
  /// Of both ends, which lie side by side where they are new.
  std::pair<net::Ipv4, net::Ipv4> addresses_of(const std::string& link, const std::string& a,
                                               const std::string& b) {
    const BaseLinkEnd *at_a = end(link, a), *at_b = end(link, b);
    if (at_a != nullptr && at_b != nullptr) return {at_a->address, at_b->address};
    const net::Ipv4 first = take(next_link_, 2);
    return {first, first + 1};
  }
  std::string device_of(const std::string& link, const std::string& machine) const {
    const BaseLinkEnd* before = end(link, machine);
    return before == nullptr ? "" : before->device;
  }

 private:
  const BaseLinkEnd* end(const std::string& link, const std::string& machine) const {
    const auto it = ends_.find(std::pair(link, machine));
    return it == ends_.end() ? nullptr : it->second;
  }
  /// The next `count` addresses of which none is taken, aligned.
  net::Ipv4 take(net::Ipv4& next, uint32_t count) {
    for (;; next = next + count) {
      bool free = true;
      for (uint32_t i = 0; i < count; ++i) free = free && !taken_.contains(next.bits + i);
      if (!free) continue;
      const net::Ipv4 first = next;
      next = next + count;
      return first;
    }
  }

  std::map<std::string, net::Ipv4> machines_;
  std::map<std::pair<std::string, std::string>, const BaseLinkEnd*> ends_;
  std::set<uint32_t> taken_;
  net::Ipv4 next_machine_ = kMachinePool + 1;
  net::Ipv4 next_link_ = kLinkPool;
};

/// Gives devices their names and MACs. MACs are unique in the base.
void name_devices(const Before& before, BasePlan& plan) {
  std::vector<std::vector<Neighbour>> neighbours(plan.machines.size());
  std::vector<std::vector<BaseLinkEnd*>> ends(plan.machines.size());
  std::set<net::Mac> macs;
  for (BaseLinkPlan& link : plan.links) {
    const auto add = [&](BaseLinkEnd& here, const BaseLinkEnd& there) {
      const std::string& name = plan.machines[here.machine.index].name;
      neighbours[here.machine.index].push_back({plan.machines[there.machine.index].name, link.name,
                                                is_written(plan, link),
                                                before.device_of(link.name, name)});
      ends[here.machine.index].push_back(&here);
      std::string seed = plan.name + ":" + link.name + "@" + name;
      while (!macs.insert(here.mac = net::mac_from(seed)).second) seed += "'";
    };
    add(link.a, link.b);
    add(link.b, link.a);
  }
  for (size_t m = 0; m < plan.machines.size(); ++m) {
    const std::vector<std::string> names = device_names(neighbours[m]);
    for (size_t i = 0; i < names.size(); ++i) ends[m][i]->device = names[i];
  }
}

void compute_base_routes(BasePlan& plan) {
  BasePaths paths(plan);
  for (uint32_t from = 0; from < paths.size(); ++from) {
    MachinePlan& machine = plan.machines[from];
    for (uint32_t to = 0; to < paths.size(); ++to) {
      uint32_t metric = kBaseMetric;
      for (const BaseHop& hop : paths.ways(from, to)) {
        const BaseLinkPlan& link = plan.links[hop.link];
        machine.routes.push_back({.destination = net::host_prefix(plan.machines[to].base_address),
                                  .metric = metric++,
                                  .via = hop.from_a ? link.b.address : link.a.address,
                                  .device = hop.from_a ? link.a.device : link.b.device,
                                  .source = machine.base_address});
      }
    }
    std::sort(machine.routes.begin(), machine.routes.end());
  }
}

/// What is said of one machine or link, with which two bases are compared.
using Facts = std::map<std::string, std::string>;

void compare(const Facts& described, const Facts& running, std::vector<std::string>& differences) {
  for (const auto& [name, fact] : described) {
    const auto other = running.find(name);
    if (other == running.end()) {
      differences.push_back(name + " is new");
    } else if (other->second != fact) {
      differences.push_back(fmt::format("{} has {}, running: {}", name, fact, other->second));
    }
  }
  for (const auto& [name, fact] : running) {
    if (!described.contains(name)) differences.push_back(name + " is missing");
  }
}

}  // namespace

std::optional<BasePlan> make_base_plan(const graph::Base& base, const Features& features,
                                       const BasePlan* previous, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  validate(base, features, diagnostics);
  if (diagnostics.error_count() > errors) return std::nullopt;
  BasePlan plan;
  plan.name = base.name;
  Before before(previous);
  for (const graph::Machine& machine : base.machines) {
    plan.machines.push_back(
        {machine.name, before.address_of(machine.name), machine.mtu_bytes, {}, true, ""});
  }
  for (const graph::BaseLink& link : base.links) {
    const auto [a, b] = before.addresses_of(link.name, base.machines[link.a.index].name,
                                            base.machines[link.b.index].name);
    plan.links.push_back({.name = link.name,
                          .a = {link.a, "", {}, a},
                          .b = {link.b, "", {}, b},
                          .mtu_bytes = mtu_of(base, link),
                          .rate_bps = link.rate_bps,
                          .cost = link.cost});
  }
  name_devices(before, plan);
  compute_base_routes(plan);
  return plan;
}

std::vector<std::string> base_differences(const graph::Base& base, const BasePlan& running) {
  if (is_fleet(base)) return fleet_differences(base, running);
  if (running.fleet) return {fmt::format("'{}' runs as a fleet", base.name)};
  Facts described, observed;
  for (const auto& machine : base.machines) {
    described["machine '" + machine.name + "'"] = fmt::format("mtu {}", machine.mtu_bytes);
  }
  for (const auto& machine : running.machines) {
    observed["machine '" + machine.name + "'"] = fmt::format("mtu {}", machine.mtu_bytes);
  }
  const auto fact = [](const auto& machines, uint32_t a, uint32_t b, uint32_t mtu, uint64_t rate,
                       uint32_t cost) {
    return fmt::format("ends {} and {}, mtu {}, rate {} bit/s, cost {}", machines[a].name,
                       machines[b].name, mtu, rate, cost);
  };
  for (const auto& link : base.links) {
    described["link '" + link.name + "'"] = fact(base.machines, link.a.index, link.b.index,
                                                 mtu_of(base, link), link.rate_bps, link.cost);
  }
  for (const auto& link : running.links) {
    observed["link '" + link.name + "'"] =
        fact(running.machines, link.a.machine.index, link.b.machine.index, link.mtu_bytes,
             link.rate_bps, link.cost);
  }
  std::vector<std::string> differences;
  compare(described, observed, differences);
  return differences;
}

}  // namespace vinet::plan
