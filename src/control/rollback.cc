#include "control/rollback.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "control/holdings.h"
#include "control/stacks.h"
#include "slice/lower.h"

namespace vinet::control {
namespace {

using machine::Machine;
using slice::Slice;

/// Keeps the first error and goes on.
class First {
 public:
  void add(Status status) {
    if (status_ && !status) status_ = std::move(status);
  }
  bool fine() const { return status_.has_value(); }
  Status take() && { return std::move(status_); }

 private:
  Status status_ = ok();
};

Status remove_one(const std::string& name, const std::vector<std::string>& namespaces,
                  Machine& machine, const machine::Options& options) {
  TRY_IN("remove " + name, machine.remove(name, namespaces, options));
  return ok();
}

template <typename Map>
Status remove_each(std::vector<std::string> names, const Map& known, Machine& machine,
                   const machine::Options& options) {
  First first;
  std::reverse(names.begin(), names.end());
  for (const std::string& name : names) {
    const auto intent = known.find(name);
    first.add(remove_one(
        name, intent == known.end() ? std::vector<std::string>{} : intent->second.namespaces,
        machine, options));
  }
  return std::move(first).take();
}

/// Namespaces of something as it was and as it should become: either may be half made.
template <typename Map>
std::vector<std::string> names_of_both(const std::string& name, const Map& before, const Map& now) {
  std::vector<std::string> names;
  for (const Map* state : {&before, &now}) {
    const auto found = state->find(name);
    if (found == state->end()) continue;
    const std::vector<std::string>& those = found->second.namespaces;
    names.insert(names.end(), those.begin(), those.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Status restore(const std::string& name, const std::vector<std::string>& namespaces,
               const std::vector<Slice>& slices, Machine& machine,
               const machine::Options& options) {
  TRY_IN("go back to what " + name + " was", realise(name, namespaces, slices, machine, options));
  return ok();
}

const plan::BasePlan* find_plan(const State& state, const std::string& base) {
  const auto it = state.bases.find(base);
  return it == state.bases.end() ? nullptr : &it->second.plan;
}

/// Bottom up: what `operation` changed becomes what it was, and what else is another by it follows.
Status restore_internets(const Operation& operation, const State& now, const State& before,
                         Machine& machine, const machine::Options& options) {
  const std::vector<std::string> others = beside(operation, now);
  if (operation.old_internets.empty() && others.empty()) return ok();
  First first;
  Stacks then(before), here(now);
  if (here.stacked()) {  // where that fails, sizes are as planned, which the next look mends
    (void)then.look_at_paths(machine);
    (void)here.look_at_paths(machine);
  }
  std::set<std::string> changed;
  for (const OldInternet& old : operation.old_internets) changed.insert(old.intent.plan.name);
  const std::set<std::string> follow(others.begin(), others.end());
  for (const std::string& name : before.in_layers()) {
    const bool goes_back = changed.contains(name);
    if (!goes_back && !follow.contains(name)) continue;
    if (fleet_under(before, name) != nullptr) continue;
    const std::vector<Slice> slices = then.slices_of(name);
    if (!goes_back && slices == here.slices_of(name)) continue;
    first.add(restore(name, names_of_both(name, before.internets, now.internets), slices, machine,
                      options));
  }
  return std::move(first).take();
}

}  // namespace

Result<machine::ApplyReport> realise(const std::string& owner,
                                     const std::vector<std::string>& namespaces,
                                     const std::vector<Slice>& slices, Machine& machine,
                                     const machine::Options& options) {
  if (slices.empty()) return machine.remove(owner, namespaces, options);
  machine::Options how = options;
  how.half_made = namespaces;
  return machine.apply(slices, how);
}

std::vector<Slice> slices_between(const plan::BasePlan& before, const plan::BasePlan& now) {
  std::vector<Slice> slices = slice::lower(now);
  std::map<std::string, Slice*> by_machine;
  std::set<std::pair<std::string, std::string>> devices;  // that `now` has
  for (Slice& slice : slices) {
    by_machine.emplace(slice.machine, &slice);
    for (const slice::Veth& veth : slice.veths) {
      devices.emplace(veth.a_namespace, veth.a.name);
      devices.emplace(veth.b_namespace, veth.b.name);
    }
  }
  const std::vector<Slice> old_slices = slice::lower(before);
  std::set<std::pair<std::string, std::string>> kept;  // devices that only `before` has
  for (const Slice& old : old_slices) {
    for (const slice::Veth& veth : old.veths) {
      const std::pair a(veth.a_namespace, veth.a.name), b(veth.b_namespace, veth.b.name);
      if (devices.contains(a) || devices.contains(b)) continue;
      kept.insert(a);
      kept.insert(b);
    }
  }
  std::vector<Slice> gone;  // machines that only `before` has
  for (const Slice& old : old_slices) {
    const auto it = by_machine.find(old.machine);
    if (it == by_machine.end()) gone.push_back(old);
    Slice& into = it == by_machine.end() ? gone.back() : *it->second;
    if (it == by_machine.end()) into.veths.clear();
    for (const slice::Veth& veth : old.veths) {
      if (kept.contains({veth.a_namespace, veth.a.name})) into.veths.push_back(veth);
    }
    const auto place = [](const slice::Veth& veth) {
      return std::tie(veth.b_namespace, veth.b.name);
    };
    std::sort(into.veths.begin(), into.veths.end(),
              [&](const auto& x, const auto& y) { return place(x) < place(y); });
    for (slice::Namespace& space : into.namespaces) {
      const auto was = std::find_if(old.namespaces.begin(), old.namespaces.end(),
                                    [&](const auto& one) { return one.name == space.name; });
      if (was == old.namespaces.end()) continue;
      if (it == by_machine.end()) space.routes.clear();
      // Ways to what only `before` has, and alternates, over what only `before` has.
      for (const net::Route& route : was->routes) {
        const bool same =
            std::any_of(space.routes.begin(), space.routes.end(), [&](const net::Route& other) {
              return other.destination == route.destination && other.metric == route.metric;
            });
        const bool leads = route.device.empty() || kept.contains({space.name, route.device}) ||
                           devices.contains({space.name, route.device});
        if (!same && leads) space.routes.push_back(route);
      }
      std::sort(space.routes.begin(), space.routes.end());
    }
  }
  slices.insert(slices.end(), gone.begin(), gone.end());
  return slices;
}

Changes without(const Operation& operation) {
  Changes changes;
  changes.erased_internets = operation.internets;
  changes.erased_bases = operation.bases;
  changes.bases = operation.old_bases;
  changes.internets = operation.old_internets;
  changes.ends_operation = true;
  return changes;
}

Status take_back(const Operation& operation, State& state, Store& store, Machine& machine,
                 const machine::Options& options,
                 const std::function<Result<Changes>(const State& before)>& elsewhere) {
  First first;
  const auto here = [&](std::vector<std::string> names) {
    std::erase_if(names, [&](const auto& name) { return fleet_under(state, name) != nullptr; });
    return names;
  };
  for (const BaseIntent& old : operation.old_bases) {
    if (old.plan.fleet) continue;
    if (const plan::BasePlan* now = find_plan(state, old.plan.name)) {
      first.add(
          restore(old.plan.name, old.namespaces, slices_between(*now, old.plan), machine, options));
    }
  }
  State before = state_without(operation, state);
  first.add(remove_each(here(operation.internets), state.internets, machine, options));
  first.add(restore_internets(operation, state, before, machine, options));
  Changes changes = without(operation);
  if (Result<Changes> there = elsewhere(before); there) {
    changes.bases.insert(changes.bases.end(), there->bases.begin(), there->bases.end());
    change(before, *there);
  } else {
    first.add(std::move(there).error());
  }
  if (first.fine()) first.add(remove_each(here(operation.bases), state.bases, machine, options));
  if (first.fine()) {
    for (const BaseIntent& old : operation.old_bases) {
      if (old.plan.fleet) continue;
      first.add(restore(old.plan.name, names_of_both(old.plan.name, before.bases, state.bases),
                        slice::lower(old.plan), machine, options));
    }
  }
  TRY(std::move(first).take());
  TRY(store.write(changes));
  state = std::move(before);
  return ok();
}

}  // namespace vinet::control
