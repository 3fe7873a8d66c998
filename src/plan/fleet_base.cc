#include "plan/fleet_base.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "graph/addresses.h"
#include "graph/endpoint.h"
#include "plan/mtu.h"

namespace vinet::plan {
namespace {

constexpr size_t kMostMachines = 2000;

const MachinePlan* find(const BasePlan* base, const std::string& name) {
  if (base == nullptr) return nullptr;
  const auto it = std::find_if(base->machines.begin(), base->machines.end(),
                               [&](const MachinePlan& machine) { return machine.name == name; });
  return it == base->machines.end() ? nullptr : &*it;
}

net::Ipv4 base_address(const graph::Machine& machine, const FleetFacts& facts,
                       const BasePlan* previous) {
  if (machine.address) return *machine.address;
  const MachinePlan* before = find(previous, machine.name);
  if (before != nullptr && before->daemon == machine.daemon) return before->base_address;
  const auto known = facts.find(machine.daemon);
  if (known != facts.end() && known->second.base_address != net::Ipv4{}) {
    return known->second.base_address;
  }
  const auto endpoint = graph::parse_endpoint(machine.daemon);
  return endpoint ? graph::address_of(*endpoint).value_or(net::Ipv4{}) : net::Ipv4{};
}

/// The machines in the order of the plan: those that were there as they were, then the new ones.
std::vector<const graph::Machine*> in_order(const graph::Base& base, const BasePlan* previous) {
  std::map<std::string, size_t> numbers;
  if (previous != nullptr) {
    for (size_t i = 0; i < previous->machines.size(); ++i) {
      numbers.emplace(previous->machines[i].name, i);
    }
  }
  std::vector<const graph::Machine*> machines;
  for (const graph::Machine& machine : base.machines) machines.push_back(&machine);
  const auto number = [&](const graph::Machine* machine) {
    const auto it = numbers.find(machine->name);
    return it == numbers.end() ? SIZE_MAX : it->second;
  };
  std::stable_sort(machines.begin(), machines.end(),
                   [&](const auto* x, const auto* y) { return number(x) < number(y); });
  return machines;
}

/// Tells who has a daemon or address already.
class Owners {
 public:
  Owners(const graph::Base& base, Diagnostics& diagnostics)
      : base_(base), diagnostics_(diagnostics) {}

  void claim(const graph::Machine& machine, const std::string& what, const std::string& value,
             const std::string& note) {
    const auto [owner, is_new] = owners_.emplace(what + value, machine.name);
    if (is_new) return;
    diagnostics_.error(machine.span,
                       fmt::format("machines '{}' and '{}' of fleet '{}' have one {}, {}",
                                   owner->second, machine.name, base_.name, what, value),
                       note);
  }

 private:
  const graph::Base& base_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::string> owners_;
};

void check_address(const graph::Machine& machine, net::Ipv4 address, const FleetFacts& facts,
                   Diagnostics& diagnostics) {
  if (address == net::Ipv4{}) {
    const auto known = facts.find(machine.daemon);
    const std::string why = known == facts.end() ? "" : known->second.takes_none_because;
    diagnostics.error(
        machine.span, fmt::format("the base address of machine '{}' is not known", machine.name),
        why.empty()
            ? fmt::format("its daemon '{}' is not called by an IPv4 address: write `address = …`",
                          machine.daemon)
            : fmt::format("its daemon does not say it: {}", why));
    return;
  }
  const std::string_view why = graph::unusable(net::IpAddress(address));
  if (why.empty()) return;
  diagnostics.error(machine.span,
                    fmt::format("{} cannot be the base address of machine '{}': it is {}",
                                net::to_string(address), machine.name, why),
                    "write the address by which the other machines reach it: `address = …`");
}

std::string facts_of(const graph::Machine& machine, const MachinePlan* running) {
  const std::string address = machine.address      ? net::to_string(*machine.address)
                              : running != nullptr ? net::to_string(running->base_address)
                                                   : "";
  return fmt::format("daemon {}, address {}, mtu {}", machine.daemon, address, machine.mtu_bytes);
}

std::string facts_of(const MachinePlan& machine) {
  return fmt::format("daemon {}, address {}, mtu {}", machine.daemon,
                     net::to_string(machine.base_address), machine.mtu_bytes);
}

}  // namespace

bool is_fleet(const graph::Base& base) {
  return !base.machines.empty() && !base.machines.front().daemon.empty();
}

std::optional<BasePlan> make_fleet_plan(const graph::Base& base, const FleetFacts& facts,
                                        const BasePlan* previous, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  if (base.machines.size() > kMostMachines) {
    diagnostics.error(base.span,
                      fmt::format("fleet '{}' has {} machines; more than {} are not supported yet",
                                  base.name, base.machines.size(), kMostMachines));
  }
  BasePlan plan;
  plan.name = base.name;
  plan.fleet = true;
  Owners owners(base, diagnostics);
  for (const graph::Machine* machine : in_order(base, previous)) {
    const net::Ipv4 address = base_address(*machine, facts, previous);
    check_mtu(machine->mtu_bytes, machine->span, "machine '" + machine->name + "'", diagnostics);
    check_address(*machine, address, facts, diagnostics);
    owners.claim(*machine, "daemon", machine->daemon, "each machine has a daemon of its own");
    if (address != net::Ipv4{}) {
      owners.claim(*machine, "base address", net::to_string(address),
                   "packets could not tell them apart");
    }
    const MachinePlan* before = find(previous, machine->name);
    const bool drained = before != nullptr && before->daemon == machine->daemon && before->drained;
    plan.machines.push_back({.name = machine->name,
                             .base_address = address,
                             .mtu_bytes = machine->mtu_bytes,
                             .routes = {},
                             .daemon = machine->daemon,
                             .drained = drained});
  }
  if (diagnostics.error_count() > errors) return std::nullopt;
  return plan;
}

std::vector<std::string> fleet_differences(const graph::Base& base, const BasePlan& running) {
  if (!running.fleet) return {fmt::format("'{}' runs as a lab", base.name)};
  std::vector<std::string> differences;
  std::set<std::string> described;
  for (const graph::Machine& machine : base.machines) {
    described.insert(machine.name);
    const MachinePlan* runs = find(&running, machine.name);
    if (runs == nullptr) {
      differences.push_back(fmt::format("machine '{}' is new", machine.name));
    } else if (facts_of(machine, runs) != facts_of(*runs)) {
      differences.push_back(fmt::format("machine '{}' has {}, running: {}", machine.name,
                                        facts_of(machine, runs), facts_of(*runs)));
    }
  }
  for (const MachinePlan& machine : running.machines) {
    if (!described.contains(machine.name)) {
      differences.push_back(fmt::format("machine '{}' is missing", machine.name));
    }
  }
  return differences;
}

std::vector<std::string> fleet_misfits(const graph::Base& base, const BasePlan& running,
                                       const std::vector<const InternetPlan*>& internets) {
  if (!is_fleet(base) || !running.fleet) {
    return {fmt::format("'{}' runs as a {}", base.name, running.fleet ? "fleet" : "lab")};
  }
  std::map<std::string, const graph::Machine*> described;
  for (const graph::Machine& machine : base.machines) described.emplace(machine.name, &machine);
  std::vector<std::string> misfits;
  std::set<uint32_t> told;
  for (const InternetPlan* internet : internets) {
    for (const NodePlan& node : internet->nodes) {
      const uint32_t number = node.machine.index;
      if (number >= running.machines.size()) continue;
      const MachinePlan& machine = running.machines[number];
      const auto now = described.find(machine.name);
      const bool gone = now == described.end();
      if (!gone && facts_of(*now->second, &machine) == facts_of(machine)) continue;
      if (!told.insert(number).second) continue;
      misfits.push_back(fmt::format(
          "machine '{}', which has node '{}.{}', would {}", machine.name, internet->name, node.name,
          gone ? std::string("be gone")
               : "have " + facts_of(*now->second, &machine) + " instead of " + facts_of(machine)));
    }
  }
  return misfits;
}

}  // namespace vinet::plan
