// Questions to the State.
#include "control/state.h"

#include <algorithm>

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

plan::Plan State::running() const {
  plan::Plan plan;
  for (const auto& [name, base] : bases) {
    plan.bases.push_back(base.plan);
  }
  for (const auto& [name, internet] : internets) {
    plan.internets.push_back(internet.plan);
  }
  return plan;
}

std::vector<std::string> State::standing_on(const std::string& base) const {
  std::vector<std::string> names;
  for (const auto& [name, internet] : internets) {
    if (internet.plan.base == base) {
      names.push_back(name);
    }
  }
  return names;
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
