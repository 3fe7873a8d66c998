// Problem:   the same file may be brought up twice, two files may name one base, and what runs must
//            keep its very addresses, whatever came up since and however its file was edited.
// Approach:  what runs from an equal description (digest.h) on an unchanged base is taken from the
//            state, unplanned; the rest goes to the planner, with all that runs as its inventory.
// Invariant: an object of the intention equals the state's, or is not in the state, or says what
// the
//            state has instead.
#include "control/intend.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "control/digest.h"
#include "plan/base_plan.h"
#include "plan/fleet_base.h"
#include "plan/make_plan.h"
#include "slice/marks.h"
#include "support/check.h"

namespace vinet::control {
namespace {

std::vector<std::string> namespaces_of(const plan::BasePlan& base) {
  std::vector<std::string> names;
  for (const plan::MachinePlan& machine : base.machines) {
    names.push_back(slice::namespace_name(base.name, machine.name));
  }
  return names;
}

std::vector<std::string> namespaces_of(const plan::InternetPlan& internet) {
  std::vector<std::string> names;
  for (const plan::NodePlan& node : internet.nodes) {
    names.push_back(slice::namespace_name(internet.name, node.name));
  }
  return names;
}

const graph::Internet* find(const graph::Graph& graph, const std::string& internet) {
  const auto it = std::find_if(graph.internets.begin(), graph.internets.end(),
                               [&](const graph::Internet& one) { return one.name == internet; });
  return it == graph.internets.end() ? nullptr : &*it;
}

bool describes(const graph::Graph& graph, const std::string& internet) {
  return find(graph, internet) != nullptr;
}

/// What an internet stands on, or "" if this is none.
std::string stands_on(const graph::Graph& graph, const State& state, const std::string& name) {
  if (const graph::Internet* internet = find(graph, name)) return internet->on;
  const auto running = state.internets.find(name);
  return running == state.internets.end() ? "" : running->second.plan.base;
}

/// Errors: failed_precondition where `others`, which stand on a base, cannot go on as they are when
/// it changes; of a fleet, machines may come, and go where they are not needed.
Status refuse_what_disturbs(const graph::Base& base, const plan::BasePlan& running,
                            const std::vector<std::string>& differences,
                            const std::vector<std::string>& others, const State& state) {
  std::vector<std::string> reasons = differences;
  if (running.fleet && plan::is_fleet(base)) {
    std::vector<const plan::InternetPlan*> plans;
    for (const std::string& name : others) plans.push_back(&state.internets.at(name).plan);
    reasons = plan::fleet_misfits(base, running, plans);
    if (reasons.empty()) return ok();
  }
  return Error{
      Errc::kFailedPrecondition,
      fmt::format("{} runs from another description ({}), and other internets stand on it: {}; "
                  "`vinet down` them first, or change it together with them",
                  base.name, fmt::join(reasons, "; "), fmt::join(others, ", "))};
}

/// Names of the bases that run from another description.
/// Errors: failed_precondition where other internets stand on one.
Result<std::set<std::string>> changed_bases(const graph::Graph& graph, const State& state) {
  std::set<std::string> changed;
  for (const graph::Base& base : graph.bases) {
    const auto running = state.bases.find(base.name);
    if (running == state.bases.end()) continue;
    const auto differences = plan::base_differences(base, running->second.plan);
    if (differences.empty()) continue;
    std::vector<std::string> others = state.standing_on(base.name);
    std::erase_if(others, [&](const std::string& name) { return describes(graph, name); });
    if (!others.empty())
      TRY(refuse_what_disturbs(base, running->second.plan, differences, others, state));
    changed.insert(base.name);
  }
  return changed;
}

Status refuse_taken_names(const graph::Graph& graph, const State& state) {
  for (const graph::Base& base : graph.bases) {
    if (state.internets.count(base.name) != 0) {
      return Error{
          Errc::kAlreadyExists,
          fmt::format("the name {} is taken: an internet called {} runs", base.name, base.name)};
    }
  }
  for (const graph::Internet& internet : graph.internets) {
    if (state.bases.count(internet.name) != 0) {
      return Error{Errc::kAlreadyExists, fmt::format("the name {} is taken: a base called {} runs",
                                                     internet.name, internet.name)};
    }
  }
  return ok();
}

}  // namespace

std::vector<graph::Base> bases_as_graph(const State& state) {
  std::vector<graph::Base> bases;
  for (const auto& [name, intent] : state.bases) {
    graph::Base base;
    base.name = name;
    for (const plan::MachinePlan& machine : intent.plan.machines) {
      base.machines.push_back(
          {machine.name,
           machine.mtu_bytes,
           machine.daemon,
           intent.plan.fleet ? std::optional(machine.base_address) : std::nullopt,
           {}});
    }
    for (const plan::BaseLinkPlan& link : intent.plan.links) {
      base.links.push_back({link.name,
                            link.a.machine,
                            link.b.machine,
                            link.mtu_bytes,
                            link.rate_bps,
                            link.cost,
                            {}});
    }
    bases.push_back(std::move(base));
  }
  return bases;
}

bool Intention::holds(const std::string& name) const {
  return std::any_of(bases.begin(), bases.end(),
                     [&](const IntendedBase& base) { return base.intent.plan.name == name; }) ||
         std::any_of(internets.begin(), internets.end(), [&](const IntendedInternet& internet) {
           return internet.intent.plan.name == name;
         });
}

plan::Plan Intention::plan() const& {
  return Intention(*this).plan();
}

plan::Plan Intention::plan() && {
  plan::Plan plan;
  for (IntendedBase& base : bases) {
    plan.bases.push_back(std::move(base.intent.plan));
  }
  for (IntendedInternet& internet : internets) {
    plan.internets.push_back(std::move(internet.intent.plan));
  }
  return plan;
}

plan::Plan Intention::running() const {
  plan::Plan plan;
  for (const IntendedBase& base : bases) {
    if (base.runs) {
      plan.bases.push_back(base.old ? base.old->plan : base.intent.plan);
    }
  }
  for (const IntendedInternet& internet : internets) {
    if (internet.runs) {
      plan.internets.push_back(internet.old ? internet.old->intent.plan : internet.intent.plan);
    }
  }
  return plan;
}

Result<Intention> intend(const graph::Graph& graph, const State& state, plan::Inventory inventory,
                         Diagnostics& diagnostics) {
  TRY(refuse_taken_names(graph, state));
  ASSIGN_OR_RETURN(const auto changed, changed_bases(graph, state));

  graph::Graph unplanned;
  for (const graph::Base& base : graph.bases) {
    if (state.bases.count(base.name) == 0 || changed.contains(base.name)) {
      unplanned.bases.push_back(base);
    }
  }
  std::set<std::string> replanned = changed;  // whatever stands on one of these is planned anew
  for (size_t before = SIZE_MAX; before != replanned.size();) {
    before = replanned.size();
    for (const graph::Internet& internet : graph.internets) {
      const auto running = state.internets.find(internet.name);
      if (running == state.internets.end() || running->second.digest != digest_of(internet) ||
          replanned.contains(internet.on)) {
        replanned.insert(internet.name);
      }
    }
  }
  for (const graph::Internet& internet : graph.internets) {
    if (replanned.contains(internet.name)) unplanned.internets.push_back(internet);
  }
  inventory.running = state.running();
  std::optional<plan::Plan> plan =
      plan::make_plan(unplanned, inventory, plan::PlanOptions{}, diagnostics);
  if (!plan || diagnostics.has_errors()) {
    return Error{Errc::kInvalidArgument, "the description has errors"};
  }

  Intention intention;
  const auto add_base = [&](const std::string& name) {
    for (const IntendedBase& base : intention.bases) {
      if (base.intent.plan.name == name) return;
    }
    IntendedBase base;
    const auto running = state.bases.find(name);
    base.runs = running != state.bases.end();
    if (base.runs) base.intent = running->second;
    if (!base.runs || changed.contains(name)) {
      if (base.runs) base.old = running->second;
      const plan::BasePlan* planned = plan->find_base(name);
      VINET_CHECK(planned != nullptr);
      base.intent.plan = *planned;
      base.intent.namespaces = namespaces_of(*planned);
    }
    if (!base.runs) {
      for (const graph::Internet& internet : graph.internets) {
        base.intent.made_for_internet = base.intent.made_for_internet || internet.on == name;
      }
    }
    intention.bases.push_back(std::move(base));
  };
  for (const graph::Base& base : graph.bases) {
    add_base(base.name);
  }
  std::set<std::string> touched;  // internets that are new or change, and what stands on them
  // An internet after those below it, which may only run, as they run.
  const auto add_internet = [&](const std::string& name) {
    std::vector<std::string> way;
    for (std::string at = name; !at.empty() && !intention.holds(at);) {
      const std::string below = stands_on(graph, state, at);
      if (below.empty()) {
        add_base(at);
        break;
      }
      way.push_back(std::exchange(at, below));
    }
    for (auto at = way.rbegin(); at != way.rend(); ++at) {
      const graph::Internet* described = find(graph, *at);
      IntendedInternet intended;
      const auto running = state.internets.find(*at);
      intended.runs = running != state.internets.end();
      if (intended.runs) intended.intent = running->second;
      const plan::InternetPlan* planned = plan->find_internet(*at);
      // What stands on a changed one may have other headers with the same plan.
      const bool on_changed = touched.contains(stands_on(graph, state, *at));
      if (planned != nullptr &&
          (on_changed || replanned.contains(*at) || *planned != intended.intent.plan)) {
        if (on_changed || !intended.runs || *planned != intended.intent.plan) touched.insert(*at);
        if (intended.runs) {
          const plan::InternetPlan& old = running->second.plan;
          intended.old = {running->second, state.ground_of(old).value_or(Ground{})};
        }
        intended.intent.namespaces = namespaces_of(*planned);
        intended.intent.plan = *planned;
        if (described != nullptr) intended.intent.digest = digest_of(*described);
      }
      intention.internets.push_back(std::move(intended));
    }
  };
  for (const graph::Internet& internet : graph.internets) add_internet(internet.name);
  for (const plan::InternetPlan& internet : plan->internets) add_internet(internet.name);
  // What stands on a changed fleet, and is planned as before, is stored anew: with its ground.
  for (const std::string& name : changed) {
    const plan::BasePlan& before = state.bases.at(name).plan;
    if (!before.fleet || plan->find_base(name) == nullptr) continue;
    for (const std::string& internet : state.standing_on(name)) {
      if (intention.holds(internet)) continue;
      IntendedInternet intended;
      intended.runs = true;
      intended.intent = state.internets.at(internet);
      intended.old = {intended.intent, ground_of(before)};
      intention.internets.push_back(std::move(intended));
    }
  }
  return intention;
}

}  // namespace vinet::control
