#include "plan/fleet_change.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "plan/base_plan.h"
#include "plan/fleet_base.h"
#include "plan/fleet_rooms.h"
#include "plan/stack.h"

namespace vinet::plan {
namespace {

bool describes(const graph::Graph& graph, const std::string& internet) {
  return std::any_of(graph.internets.begin(), graph.internets.end(),
                     [&](const graph::Internet& one) { return one.name == internet; });
}

void refuse(const graph::Base& base, const std::vector<std::string>& misfits,
            Diagnostics& diagnostics) {
  constexpr size_t kShown = 5;
  std::vector<std::string> shown(misfits.begin(),
                                 misfits.begin() + std::min(misfits.size(), kShown));
  if (misfits.size() > kShown) shown.push_back(fmt::format("{} more", misfits.size() - kShown));
  diagnostics.error(
      base.span,
      fmt::format("fleet '{}' cannot be changed so: other internets stand on it", base.name),
      fmt::format("{}", fmt::join(shown, "; ")));
}

/// Puts `now` in its place, and all that stands on it onto the same machines.
void put(const BasePlan& now, Plan& running) {
  const std::vector<std::string> before = machine_names(running, now.name);
  for (BasePlan& base : running.bases) {
    if (base.name == now.name) base = now;
  }
  const std::vector<std::string> here = machine_names(running, now.name);
  for (InternetPlan& internet : running.internets) {
    if (internet.base == now.name) internet = renumbered(std::move(internet), before, here);
  }
}

/// The machine of the base under all layers that a node is on; null where a layer is not known.
const MachinePlan* machine_under(const InternetPlan& internet, NodeId node, const Plan& world) {
  const auto [name, machine] = bottom_machine(world, internet, node);
  const BasePlan* base = world.find_base(name);
  return base != nullptr && machine.index < base->machines.size() ? &base->machines[machine.index]
                                                                  : nullptr;
}

}  // namespace

std::optional<Inventory> with_changed_fleets(const graph::Graph& graph, const Inventory& inventory,
                                             Diagnostics& diagnostics) {
  std::optional<Inventory> changed;
  for (const graph::Base& base : graph.bases) {
    const BasePlan* running = inventory.running.find_base(base.name);
    if (running == nullptr || !running->fleet || !is_fleet(base)) continue;
    if (fleet_differences(base, *running).empty()) continue;
    std::vector<const InternetPlan*> standing;
    for (const InternetPlan& internet : inventory.running.internets) {
      if (internet.base == base.name && !describes(graph, internet.name)) {
        standing.push_back(&internet);
      }
    }
    const std::vector<std::string> misfits = fleet_misfits(base, *running, standing);
    if (!misfits.empty()) {
      refuse(base, misfits, diagnostics);
      continue;
    }
    const auto now = make_fleet_plan(base, inventory.fleet, running, diagnostics);
    if (!now) continue;
    if (!changed) changed = inventory;
    put(*now, changed->running);
  }
  return changed;
}

void append_renumbered(const Plan& before, const Plan& after, Plan& plan) {
  for (const InternetPlan& internet : after.internets) {
    const InternetPlan* was = before.find_internet(internet.name);
    if (was == nullptr || *was == internet || plan.find_internet(internet.name) != nullptr)
      continue;
    plan.internets.push_back(internet);
  }
}

std::vector<net::IpPrefix> fleet_prefixes(const BasePlan& base, const Inventory& inventory) {
  std::vector<net::IpPrefix> prefixes;
  if (!knows_fleet(base, inventory.fleet)) prefixes = inventory.own_prefixes;
  std::set<net::IpPrefix> seen(prefixes.begin(), prefixes.end());
  const auto add = [&](const net::IpPrefix& prefix) {
    if (seen.insert(prefix).second) prefixes.push_back(prefix);
  };
  for (const MachinePlan& machine : base.machines) {
    add(net::host_prefix(machine.base_address));
    const auto known = inventory.fleet.find(machine.daemon);
    if (known == inventory.fleet.end()) continue;
    for (const net::IpPrefix& prefix : known->second.own_prefixes) add(prefix);
  }
  return prefixes;
}

void check_features(const graph::Internet& internet, const InternetPlan& plan, const Plan& world,
                    const std::map<std::string, MachineFacts>& facts, Diagnostics& diagnostics) {
  for (size_t i = 0; i < plan.links.size(); ++i) {
    const graph::Link& link = internet.links[i];
    if (link.delay_us == 0 && link.rate_bps == 0) continue;
    std::set<const MachinePlan*> told;
    for (const LinkEndPlan* end : {&plan.links[i].a, &plan.links[i].b}) {
      const MachinePlan* machine = machine_under(plan, end->node, world);
      const auto known = machine == nullptr ? facts.end() : facts.find(machine->daemon);
      if (known == facts.end() || !told.insert(machine).second) continue;
      const auto needs = [&](const char* what, const char* qdisc) {
        diagnostics.error(
            link.span,
            fmt::format(
                "`{}` of link '{}' needs the kernel's {} queueing discipline, which machine "
                "'{}' does not have",
                what, plan.links[i].name, qdisc, machine->name));
      };
      if (link.delay_us != 0 && !known->second.features.netem) needs("delay", "netem");
      if (link.rate_bps != 0 && !known->second.features.tbf) needs("rate", "tbf");
    }
  }
}

}  // namespace vinet::plan
