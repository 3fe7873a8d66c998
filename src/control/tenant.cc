#include "control/tenant.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/local.h"
#include "plan/base_plan.h"

namespace vinet::control {

State seen_by(const std::string& tenant, const State& state) {
  State seen;
  seen.bases = state.bases;
  for (const auto& [name, internet] : state.internets) {
    if (internet.tenant == tenant) seen.internets.emplace(name, internet);
  }
  if (!state.operation) return seen;
  Operation operation = *state.operation;
  // Names of internets that are being made or removed are the state's while the operation lasts.
  std::erase_if(operation.internets,
                [&seen](const std::string& name) { return !seen.internets.contains(name); });
  std::erase_if(operation.old_internets,
                [&tenant](const OldInternet& old) { return old.intent.tenant != tenant; });
  if (!operation.internets.empty() || !operation.old_internets.empty()) {
    seen.operation = std::move(operation);
  }
  return seen;
}

Status refuse_others(const graph::Graph& graph, const State& state, const std::string& tenant) {
  for (const graph::Base& base : graph.bases) {
    const auto running = state.bases.find(base.name);
    if (running != state.bases.end() &&
        plan::base_differences(base, running->second.plan).empty()) {
      continue;
    }
    return Error{Errc::kPermissionDenied,
                 fmt::format("a tenant may use bases that are there, not declare or change one: {}",
                             base.name)};
  }
  for (const graph::Internet& internet : graph.internets) {
    const auto running = state.internets.find(internet.name);
    if (running != state.internets.end() && running->second.tenant != tenant) {
      return Error{Errc::kAlreadyExists, fmt::format("the name {} is taken", internet.name)};
    }
    const auto below = state.internets.find(internet.on);
    if (below != state.internets.end() && below->second.tenant != tenant) {
      return Error{Errc::kNotFound,
                   fmt::format("no base or internet called '{}' runs", internet.on)};
    }
  }
  return ok();
}

bool has_node(const State& state, const std::string& node) {
  return std::any_of(state.internets.begin(), state.internets.end(), [&node](const auto& entry) {
    const std::string& name = entry.first;
    if (node.rfind(name + ".", 0) != 0) return false;
    const std::string rest = node.substr(name.size() + 1);
    const auto& nodes = entry.second.plan.nodes;
    return std::any_of(nodes.begin(), nodes.end(),
                       [&rest](const plan::NodePlan& one) { return one.name == rest; });
  });
}

bool is_of_internet(const State& state, const std::string& name) {
  return std::any_of(state.internets.begin(), state.internets.end(), [&name](const auto& entry) {
    return name == entry.first || name.rfind(entry.first + ".", 0) == 0;
  });
}

}  // namespace vinet::control
