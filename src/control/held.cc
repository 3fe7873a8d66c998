#include "control/held.h"

#include <fmt/format.h>

namespace vinet::control {
namespace {

/// The plan of the base at the bottom; null where it is unknown.
const plan::BasePlan* bottom_of(const Intention& intention, const State& state, std::string name) {
  for (;;) {
    for (const IntendedBase& base : intention.bases) {
      if (base.intent.plan.name == name) return &base.intent.plan;
    }
    if (const auto base = state.bases.find(name); base != state.bases.end()) {
      return &base->second.plan;
    }
    std::string below;
    for (const IntendedInternet& internet : intention.internets) {
      if (internet.intent.plan.name == name) below = internet.intent.plan.base;
    }
    if (const auto runs = state.internets.find(name);
        below.empty() && runs != state.internets.end()) {
      below = runs->second.plan.base;
    }
    if (below.empty()) return nullptr;
    name = below;
  }
}

}  // namespace

Status refuse_held(const Intention& intention, const State& state, const HeldOwners& held) {
  std::vector<std::string> fresh;
  const auto add = [&](bool runs, const std::string& name) {
    if (runs) return;
    const plan::BasePlan* bottom = bottom_of(intention, state, name);
    if (bottom == nullptr || !bottom->fleet) fresh.push_back(name);
  };
  for (const IntendedBase& base : intention.bases) add(base.runs, base.intent.plan.name);
  for (const IntendedInternet& one : intention.internets) add(one.runs, one.intent.plan.name);
  if (fresh.empty()) return ok();
  ASSIGN_OR_RETURN(const std::set<std::string> names, held());
  for (const std::string& name : fresh) {
    if (!names.contains(name)) continue;
    return Error{Errc::kAlreadyExists,
                 fmt::format("this computer holds something called '{}' as a machine of a fleet; "
                             "choose another name",
                             name)};
  }
  return ok();
}

}  // namespace vinet::control
