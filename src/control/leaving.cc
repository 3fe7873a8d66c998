#include "control/leaving.h"

#include <algorithm>
#include <map>

#include "slice/marks.h"

namespace vinet::control {

Changes farewell(const std::vector<fleet::Place>& away, const State& before, const State& now) {
  std::map<std::string, BaseIntent> bases;
  for (const fleet::Place& place : away) {
    const auto is_it = [&](const plan::BasePlan& base, const plan::MachinePlan& machine) {
      return slice::namespace_name(base.name, machine.name) == place.machine;
    };
    for (const auto& [name, base] : before.bases) {
      for (const plan::MachinePlan& machine : base.plan.machines) {
        if (!is_it(base.plan, machine)) continue;
        const auto here = now.bases.find(name);
        const bool stays =
            here != now.bases.end() &&
            std::any_of(here->second.plan.machines.begin(), here->second.plan.machines.end(),
                        [&](const auto& other) { return other.daemon == machine.daemon; });
        if (stays) continue;
        BaseIntent empty;
        empty.plan.name = name;
        empty.plan.fleet = true;
        bases.try_emplace(name, here == now.bases.end() ? empty : here->second)
            .first->second.leaving.emplace(machine.daemon, machine.name);
      }
    }
  }
  for (const auto& [name, base] : before.bases) {
    if (base.leaving.empty() || now.bases.contains(name)) continue;
    BaseIntent& kept = bases[name];
    kept.plan.name = name;
    kept.plan.fleet = true;
    kept.leaving.insert(base.leaving.begin(), base.leaving.end());
  }
  Changes changes;
  for (auto& [name, base] : bases) changes.bases.push_back(std::move(base));
  return changes;
}

Changes without_leaving(const State& state, const std::function<bool(const Leaving&)>& goes) {
  Changes changes;
  for (const auto& [name, base] : state.bases) {
    BaseIntent now = base;
    std::erase_if(now.leaving, [&, &name = name](const auto& one) {
      const auto& [daemon, machine] = one;
      return goes({name, machine, daemon});
    });
    if (now == base) continue;
    if (now.only_leaving() && now.leaving.empty()) {
      changes.erased_bases.push_back(name);
    } else {
      changes.bases.push_back(std::move(now));
    }
  }
  return changes;
}

}  // namespace vinet::control
