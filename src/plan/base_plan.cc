#include "plan/base_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plan/base_paths.h"
#include "plan/names.h"

namespace vinet::plan {
namespace {

constexpr net::Ipv4 kMachinePool{0xc0a80000};  // 192.168.0.0/17
constexpr net::Ipv4 kLinkPool{0xc0a88000};     // 192.168.128.0/17
constexpr size_t kMaxMachines = 2000;          // routes grow with the square
constexpr size_t kMaxLinks = (1U << 15) / 2;
constexpr uint32_t kMinMtu = 68;      // RFC 791: every module must forward 68 octets
constexpr uint32_t kMaxMtu = 65'535;  // IPv4's total length

uint32_t mtu_of(const graph::Base& base, const graph::BaseLink& link) {
  return link.mtu_bytes.value_or(
      std::min(base.machines[link.a.index].mtu_bytes, base.machines[link.b.index].mtu_bytes));
}

void check_mtu(uint32_t mtu_bytes, Span span, const std::string& what, Diagnostics& diagnostics) {
  if (mtu_bytes >= kMinMtu && mtu_bytes <= kMaxMtu) return;
  diagnostics.error(span, fmt::format("an mtu of {} for {} is out of range", mtu_bytes, what),
                    fmt::format("IPv4 needs {} to {} bytes", kMinMtu, kMaxMtu));
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

/// Gives devices their names and MACs. MACs are unique in the base.
void name_devices(BasePlan& plan) {
  std::vector<std::vector<Neighbour>> neighbours(plan.machines.size());
  std::vector<std::vector<BaseLinkEnd*>> ends(plan.machines.size());
  std::set<net::Mac> macs;
  for (BaseLinkPlan& link : plan.links) {
    const auto add = [&](BaseLinkEnd& here, const BaseLinkEnd& there) {
      const std::string& name = plan.machines[here.machine.index].name;
      neighbours[here.machine.index].push_back(
          {plan.machines[there.machine.index].name, link.name, is_written(plan, link), ""});
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
  const BasePaths paths(plan);
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
                                       Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  validate(base, features, diagnostics);
  if (diagnostics.error_count() > errors) return std::nullopt;
  BasePlan plan;
  plan.name = base.name;
  for (uint32_t i = 0; i < base.machines.size(); ++i) {
    plan.machines.push_back(
        {base.machines[i].name, kMachinePool + (i + 1), base.machines[i].mtu_bytes, {}});
  }
  for (uint32_t i = 0; i < base.links.size(); ++i) {
    const graph::BaseLink& link = base.links[i];
    plan.links.push_back({.name = link.name,
                          .a = {link.a, "", {}, kLinkPool + 2 * i},
                          .b = {link.b, "", {}, kLinkPool + (2 * i + 1)},
                          .mtu_bytes = mtu_of(base, link),
                          .rate_bps = link.rate_bps,
                          .cost = link.cost});
  }
  name_devices(plan);
  compute_base_routes(plan);
  return plan;
}

std::vector<std::string> base_differences(const graph::Base& base, const BasePlan& running) {
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
