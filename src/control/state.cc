// Questions to the State.
#include "control/state.h"

#include <algorithm>
#include <set>

namespace vinet::control {
namespace {

std::string phase(const std::optional<Operation>& operation, const std::vector<std::string>& named,
                  bool changing, const std::string& name) {
  if (changing) {
    return "changing";
  }
  if (std::find(named.begin(), named.end(), name) == named.end()) {
    return "up";
  }
  return operation->kind == Operation::Kind::kUp ? "pending" : "removing";
}

}  // namespace

Ground ground_of(const plan::BasePlan& base) {
  Ground ground{base.name, {}};
  for (const plan::MachinePlan& machine : base.machines) ground.machines.push_back(machine.name);
  return ground;
}

Ground ground_of(const plan::InternetPlan& lower) {
  Ground ground{lower.name, {}};
  for (const plan::NodePlan& node : lower.nodes) ground.machines.push_back(node.name);
  return ground;
}

plan::Plan State::running() const {
  plan::Plan plan;
  for (const auto& [name, base] : bases) {
    plan.bases.push_back(base.plan);
  }
  for (const std::string& name : in_layers()) {
    plan.internets.push_back(internets.at(name).plan);
  }
  return plan;
}

std::vector<std::string> State::in_layers() const {
  std::vector<std::string> names;
  std::set<std::string> done;
  for (const auto& [name, internet] : internets) {
    std::vector<std::string> way;  // down to what is done
    for (const std::string* at = &name; done.insert(*at).second;) {
      way.push_back(*at);
      const auto lower = internets.find(internets.at(*at).plan.base);
      if (lower == internets.end()) break;
      at = &lower->first;
    }
    names.insert(names.end(), way.rbegin(), way.rend());
  }
  return names;
}

std::vector<std::string> State::standing_on(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& [upper, internet] : internets) {
    if (internet.plan.base == name) {
      names.push_back(upper);
    }
  }
  return names;
}

std::vector<std::string> State::all_standing_on(const std::string& name) const {
  std::vector<std::string> names;
  std::set<std::string> grounds{name};
  for (const std::string& upper : in_layers()) {
    if (grounds.contains(internets.at(upper).plan.base) && grounds.insert(upper).second) {
      names.push_back(upper);
    }
  }
  return names;
}

std::vector<std::string> State::below(const std::string& internet) const {
  std::vector<std::string> names;
  std::set<std::string> met{internet};
  for (auto at = internets.find(internet); at != internets.end();) {
    at = internets.find(at->second.plan.base);
    if (at == internets.end() || !met.insert(at->first).second) break;
    names.push_back(at->first);
  }
  return names;
}

std::optional<Ground> State::ground_of(const plan::InternetPlan& internet) const {
  if (const auto base = bases.find(internet.base); base != bases.end()) {
    return control::ground_of(base->second.plan);
  }
  if (const auto lower = internets.find(internet.base); lower != internets.end()) {
    return control::ground_of(lower->second.plan);
  }
  return std::nullopt;
}

std::string phase_of_base(const State& state, const std::string& name) {
  if (!state.operation) {
    return "up";
  }
  const std::vector<BaseIntent>& old = state.operation->old_bases;
  const bool changing = std::any_of(old.begin(), old.end(),
                                    [&](const BaseIntent& base) { return base.plan.name == name; });
  return phase(state.operation, state.operation->bases, changing, name);
}

std::string phase_of_internet(const State& state, const std::string& name) {
  if (!state.operation) {
    return "up";
  }
  const std::vector<OldInternet>& old = state.operation->old_internets;
  const bool changing = std::any_of(old.begin(), old.end(), [&](const OldInternet& internet) {
    return internet.intent.plan.name == name;
  });
  return phase(state.operation, state.operation->internets, changing, name);
}

}  // namespace vinet::control
