// Questions to the State.
#include "control/state.h"

#include <algorithm>

namespace vinet::control {
namespace {

std::string phase(const std::optional<Operation>& operation,
                  const std::vector<std::string> Operation::*names, const std::string& name) {
  if (!operation) {
    return "up";
  }
  const std::vector<std::string>& named = *operation.*names;
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
  return phase(state.operation, &Operation::bases, name);
}

std::string phase_of_internet(const State& state, const std::string& name) {
  return phase(state.operation, &Operation::internets, name);
}

}  // namespace vinet::control
