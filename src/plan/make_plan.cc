#include "plan/make_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "plan/address.h"
#include "plan/base_paths.h"
#include "plan/base_plan.h"
#include "plan/mtu.h"
#include "plan/names.h"
#include "plan/place.h"
#include "plan/route.h"
#include "plan/share.h"
#include "plan/sitn.h"
#include "plan/surroundings.h"

namespace vinet::plan {
namespace {

std::string quoted(const std::vector<std::string>& names) {
  return fmt::format("'{}'", fmt::join(names, "', '"));
}

/// Internets that run on the base and are not in the file.
std::vector<std::string> strangers_on(const graph::Graph& graph, const std::string& base,
                                      const Inventory& inventory) {
  std::vector<std::string> names;
  for (const InternetPlan& internet : inventory.running.internets) {
    const bool in_file = std::any_of(
        graph.internets.begin(), graph.internets.end(),
        [&](const graph::Internet& described) { return described.name == internet.name; });
    if (internet.base == base && !in_file) names.push_back(internet.name);
  }
  return names;
}

/// A base of the file: the running one where it is the same; a changed one, which keeps what it
/// can, where nothing else stands on it; else a new one.
std::optional<BasePlan> plan_base(const graph::Graph& graph, const graph::Base& base,
                                  const Inventory& inventory, Diagnostics& diagnostics) {
  if (inventory.running.find_internet(base.name) != nullptr) {
    diagnostics.error(
        base.span,
        fmt::format("the name '{}' is taken: an internet of that name is running", base.name));
    return std::nullopt;
  }
  const BasePlan* running = inventory.running.find_base(base.name);
  if (running == nullptr) return make_base_plan(base, inventory.features, nullptr, diagnostics);
  std::vector<std::string> differences = base_differences(base, *running);
  if (differences.empty()) return *running;
  const std::vector<std::string> standing = strangers_on(graph, base.name, inventory);
  if (standing.empty()) return make_base_plan(base, inventory.features, running, diagnostics);
  constexpr size_t kShown = 5;
  if (differences.size() > kShown) {
    const size_t more = differences.size() - kShown;
    differences.resize(kShown);
    differences.push_back(fmt::format("{} more", more));
  }
  diagnostics.error(
      base.span, fmt::format("base '{}' is running with other machines or links", base.name),
      fmt::format("{}; other internets on it: {}", fmt::join(differences, "; "), quoted(standing)));
  return std::nullopt;
}

/// The base that an internet stands on, put into the plan if it is only running.
const BasePlan* find_base(const graph::Graph& graph, const graph::Internet& internet,
                          const Inventory& inventory, Plan& plan, Diagnostics& diagnostics) {
  if (const BasePlan* base = plan.find_base(internet.on)) return base;
  std::vector<std::string> names;
  for (const graph::Base& base : graph.bases) {
    if (base.name == internet.on) return nullptr;  // it has errors of its own
    names.push_back(base.name);
  }
  if (const BasePlan* running = inventory.running.find_base(internet.on)) {
    plan.bases.push_back(*running);
    return &plan.bases.back();
  }
  const bool stacked =
      inventory.running.find_internet(internet.on) != nullptr ||
      std::any_of(graph.internets.begin(), graph.internets.end(),
                  [&](const graph::Internet& other) { return other.name == internet.on; });
  if (stacked) {
    diagnostics.error(
        internet.on_span,
        fmt::format("'{}' is an internet, and an internet on another is not supported yet",
                    internet.on));
    return nullptr;
  }
  for (const BasePlan& base : inventory.running.bases) names.push_back(base.name);
  const std::string near = nearest(internet.on, names);
  diagnostics.error(internet.on_span, fmt::format("unknown base '{}'", internet.on),
                    near.empty() ? "neither this file declares it nor is it running"
                                 : "did you mean '" + near + "'?");
  return nullptr;
}

void validate_links(const graph::Internet& internet, const Features& features,
                    Diagnostics& diagnostics) {
  const auto needs = [&](const graph::Link& link, const char* what, const char* qdisc) {
    diagnostics.error(
        link.span,
        fmt::format("`{}` needs the kernel's {} queueing discipline, which this kernel does "
                    "not have",
                    what, qdisc));
  };
  for (const graph::Link& link : internet.links) {
    if (link.a.node == link.b.node) {
      diagnostics.error(link.span, fmt::format("link '{}' joins a node to itself", link.name));
    }
    if (link.cost == 0) diagnostics.error(link.span, "the cost of a link is at least 1");
    if (link.delay_us != 0 && !features.netem) needs(link, "delay", "netem");
    if (link.rate_bps != 0 && !features.tbf) needs(link, "rate", "tbf");
    if (link.ipv6.value_or(false) && !internet.ipv6) {
      diagnostics.error(
          link.span,
          fmt::format("link '{}' has `ipv6 = on` in an internet with `ipv6 = off`", link.name));
    }
  }
}

/// Nodes, links and interfaces as described, with nothing decided yet.
InternetPlan lay_out(const graph::Internet& internet) {
  InternetPlan plan;
  plan.name = internet.name;
  plan.base = internet.on;
  plan.sitn_strict = internet.sitn_strict;
  plan.lease_s = internet.lease_s.value_or(0);
  plan.share_bps = internet.share_bps;
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

/// Device names and MACs; MACs are unique in the internet.
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

std::optional<InternetPlan> plan_internet(const graph::Internet& internet, const BasePlan& base,
                                          const BasePaths& paths, const Surroundings& surroundings,
                                          const Features& features, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  const auto failed = [&] { return diagnostics.error_count() > errors; };
  validate_links(internet, features, diagnostics);
  check_shares(internet, base, surroundings, features, diagnostics);
  if (failed()) return std::nullopt;
  InternetPlan plan = lay_out(internet);
  place(internet, base, paths, surroundings.previous, plan, diagnostics);
  name_interfaces(internet, surroundings.previous, plan);
  assign_addresses(internet, surroundings, plan, diagnostics);
  assign_link_addresses(internet, surroundings, plan, diagnostics);
  if (failed()) return std::nullopt;
  set_base_addresses(base, plan);
  size_mtus(internet, base, paths, plan, diagnostics);
  if (!failed()) compute_routes(internet, plan, diagnostics);
  if (failed()) return std::nullopt;
  return plan;
}

/// The internet as it was, on the base as it is now: machines have other numbers, or are gone.
InternetPlan moved_to(const BasePlan& base, const BasePlan& before, InternetPlan internet) {
  std::map<std::string, uint32_t> numbers;
  for (uint32_t i = 0; i < base.machines.size(); ++i) numbers.emplace(base.machines[i].name, i);
  for (NodePlan& node : internet.nodes) {
    const auto it = numbers.find(before.machines[node.machine.index].name);
    node.machine.index = it == numbers.end() ? UINT32_MAX : it->second;
  }
  return internet;
}

/// The other internets on the base of number `self`: those planned before it, those of the file
/// that are still to be planned as they were, and those that run and are not in the file.
Surroundings surroundings_of(const graph::Graph& graph, size_t self, const Inventory& inventory,
                             const Plan& previous, const Plan& plan) {
  Surroundings surroundings{inventory.own_prefixes, {}, nullptr};
  const std::string& base = graph.internets[self].on;
  const auto add = [&](const InternetPlan* other) {
    if (other != nullptr && other->base == base) surroundings.others.push_back(other);
  };
  std::set<std::string> in_file;
  for (size_t i = 0; i < graph.internets.size(); ++i) {
    const std::string& name = graph.internets[i].name;
    in_file.insert(name);
    if (i < self) add(plan.find_internet(name));
    if (i > self) add(previous.find_internet(name));
  }
  for (const InternetPlan& running : inventory.running.internets) {
    if (!in_file.contains(running.name)) add(&running);
  }
  const InternetPlan* before = previous.find_internet(graph.internets[self].name);
  if (before != nullptr && before->base == base) surroundings.previous = before;
  return surroundings;
}

bool is_name_free(const graph::Internet& internet, const Inventory& inventory,
                  Diagnostics& diagnostics) {
  if (inventory.running.find_base(internet.name) != nullptr) {
    diagnostics.error(
        internet.span,
        fmt::format("the name '{}' is taken: a base of that name is running", internet.name));
    return false;
  }
  const InternetPlan* running = inventory.running.find_internet(internet.name);
  if (running == nullptr || running->base == internet.on) return true;
  diagnostics.error(
      internet.on_span,
      fmt::format(
          "internet '{}' is running on base '{}'; moving it to another is not supported yet",
          internet.name, running->base),
      fmt::format("`vinet down {}` first", internet.name));
  return false;
}

Span span_of(const graph::Graph& graph, const std::string& internet) {
  for (const graph::Internet& candidate : graph.internets) {
    if (candidate.name == internet) return candidate.span;
  }
  return {};
}

}  // namespace

std::optional<Plan> make_plan(const graph::Graph& graph, const Inventory& inventory,
                              const PlanOptions& options, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  const Plan& previous = options.previous ? *options.previous : inventory.running;
  Plan plan;
  for (const graph::Base& base : graph.bases) {
    if (auto planned = plan_base(graph, base, inventory, diagnostics))
      plan.bases.push_back(std::move(*planned));
  }
  std::map<std::string, BasePaths> paths;
  for (size_t i = 0; i < graph.internets.size(); ++i) {
    const graph::Internet& internet = graph.internets[i];
    if (!is_name_free(internet, inventory, diagnostics)) continue;
    const BasePlan* base = find_base(graph, internet, inventory, plan, diagnostics);
    if (base == nullptr) continue;
    const auto path = paths.try_emplace(base->name, *base).first;
    Surroundings surroundings = surroundings_of(graph, i, inventory, previous, plan);
    std::optional<InternetPlan> moved;
    const BasePlan* before = previous.find_base(internet.on);
    if (surroundings.previous != nullptr && before != nullptr && *before != *base) {
      surroundings.previous = &moved.emplace(moved_to(*base, *before, *surroundings.previous));
    }
    auto planned =
        plan_internet(internet, *base, path->second, surroundings, inventory.features, diagnostics);
    if (planned) plan.internets.push_back(std::move(*planned));
  }
  if (diagnostics.error_count() > errors) return std::nullopt;
  if (const auto clash = check_sitn(plan, inventory.running)) {
    diagnostics.error(
        span_of(graph, clash->internet), "addresses would meet: " + clash->what,
        "`sitn = strict` asks that they never do; without it hand-set end addresses may repeat");
    return std::nullopt;
  }
  return plan;
}

}  // namespace vinet::plan
