#include "control/stacks.h"

#include <algorithm>
#include <set>

#include "control/rollback.h"
#include "control/rows.h"
#include "slice/lower.h"
#include "slice/marks.h"

namespace vinet::control {

Stacks::Stacks(const State& state) : world_(state.running()) {
  for (const auto& [name, internet] : state.internets) {
    if (!internet.tenant.empty()) tenants_[name] = internet.tenant;
  }
}

bool Stacks::stacked() const {
  return std::any_of(
      world_.internets.begin(), world_.internets.end(),
      [&](const plan::InternetPlan& one) { return world_.find_base(one.base) == nullptr; });
}

Status Stacks::look_at_paths(machine::Machine& machine) {
  std::vector<std::string> machines;
  for (const plan::BasePlan& base : world_.bases) {
    for (const plan::MachinePlan& one : base.machines) {
      machines.push_back(slice::namespace_name(base.name, one.name));
    }
  }
  ASSIGN_OR_RETURN(paths_, machine.paths_in_force(machines));
  carried_ = slice::carried(world_, paths_);
  return ok();
}

std::vector<slice::Slice> Stacks::slices_of(const std::string& name) const {
  const plan::InternetPlan* internet = world_.find_internet(name);
  if (internet == nullptr) return {};
  const bool on_base = world_.find_base(internet->base) != nullptr;
  if (!on_base && world_.find_internet(internet->base) == nullptr) return {};
  std::vector<slice::Slice> slices = slice::lower(*internet, world_);
  give_nodes(slices, tenant_of(name));
  const auto carried = carried_.find(name);
  if (carried == carried_.end()) return slices;
  for (slice::Slice& slice : slices) {
    if (!on_base) {
      slice::shrink_to_carried(slice, *internet, carried->second);
    } else if (const auto paths = paths_.find(slice.machine); paths != paths_.end()) {
      slice::shrink_to_paths(slice, paths->second);
    }
  }
  return slices;
}

std::string Stacks::tenant_of(const std::string& name) const {
  const auto tenant = tenants_.find(name);
  return tenant == tenants_.end() ? "" : tenant->second;
}

void give_nodes(std::vector<slice::Slice>& slices, const std::string& tenant) {
  for (slice::Slice& slice : slices) {
    for (slice::Namespace& node : slice.namespaces) node.tenant = tenant;
  }
}

namespace {

/// Namespace of a node, and of the node of a lower internet that it stands on.
template <typename Act>
void for_each_follower(const State& state, const std::string& name, Act act) {
  const plan::InternetPlan& internet = state.internets.at(name).plan;
  const auto lower = state.internets.find(internet.base);
  if (!internet.flattened || lower == state.internets.end()) return;
  const std::vector<plan::NodePlan>& below = lower->second.plan.nodes;
  for (const plan::NodePlan& node : internet.nodes) {
    if (node.machine.index >= below.size()) continue;  // a damaged state
    act(slice::namespace_name(name, node.name),
        slice::namespace_name(internet.base, below[node.machine.index].name));
  }
}

}  // namespace

std::set<std::string> followed_nodes(const State& state) {
  std::set<std::string> nodes;
  for (const auto& [name, internet] : state.internets) {
    for_each_follower(state, name,
                      [&](const std::string&, const std::string& on) { nodes.insert(on); });
  }
  return nodes;
}

std::map<std::string, std::set<std::string>> following(const State& state,
                                                       const std::set<std::string>& nodes) {
  std::map<std::string, std::set<std::string>> by_internet;
  std::set<std::string> concerned = nodes;
  for (const std::string& name : state.in_layers()) {
    for_each_follower(state, name, [&](const std::string& node, const std::string& on) {
      if (!concerned.contains(on)) return;
      concerned.insert(node);
      by_internet[name].insert(node);
    });
  }
  return by_internet;
}

std::vector<std::string> beside(const Operation& operation, const State& state) {
  std::set<std::string> named(operation.internets.begin(), operation.internets.end());
  for (const OldInternet& old : operation.old_internets) named.insert(old.intent.plan.name);
  std::set<std::string> others;
  const auto add = [&](const std::vector<std::string>& names) {
    others.insert(names.begin(), names.end());
  };
  for (const std::string& name : named) {
    add(state.below(name));
    add(state.all_standing_on(name));
  }
  for (const BaseIntent& old : operation.old_bases) add(state.all_standing_on(old.plan.name));
  std::vector<std::string> names = state.in_layers();
  std::erase_if(names, [&](const std::string& name) {
    return named.contains(name) || !others.contains(name);
  });
  return names;
}

State state_without(const Operation& operation, State state) {
  change(state, without(operation));
  return state;
}

}  // namespace vinet::control
