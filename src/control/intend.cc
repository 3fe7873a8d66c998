// Problem:   the same file may be brought up twice, two files may name one base, and a running
// internet must keep the
//            very addresses it got, whatever came up since.
// Approach:  what runs from an equal description (digest.h) is taken from the state, unplanned;
// only the rest of the
//            graph goes to the planner, with all that runs as its inventory.
// Invariant: an object of the intention either equals the state's or is not in the state.
#include "control/intend.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/digest.h"
#include "plan/base_plan.h"
#include "plan/make_plan.h"
#include "slice/lower.h"
#include "support/check.h"

namespace vinet::control {
namespace {

Error refuse_changed(const std::string& name, const std::vector<std::string>& differences,
                     const std::vector<std::string>& standing) {
  std::string message = fmt::format(
      "{} runs from another description{}; changing what runs is not supported yet: `vinet down "
      "{}` first",
      name, differences.empty() ? "" : fmt::format(" ({})", fmt::join(differences, "; ")), name);
  if (!standing.empty()) {
    message += fmt::format(" (on it stand: {})", fmt::join(standing, ", "));
  }
  return Error{Errc::kFailedPrecondition, message};
}

std::vector<std::string> namespaces_of(const std::vector<slice::Slice>& slices) {
  std::vector<std::string> names;
  for (const slice::Slice& slice : slices) {
    for (const slice::Namespace& one : slice.namespaces) {
      names.push_back(one.name);
    }
  }
  return names;
}

/// Takes out of the state what runs from another description, with what stands on it.
Status settle_changes(const graph::Graph& graph, State& state, Changed changed) {
  for (const graph::Base& base : graph.bases) {
    const auto running = state.bases.find(base.name);
    if (running == state.bases.end()) {
      continue;
    }
    const std::vector<std::string> differences = plan::base_differences(base, running->second.plan);
    if (differences.empty()) {
      continue;
    }
    const std::vector<std::string> standing = state.standing_on(base.name);
    if (changed == Changed::kRefuse) {
      return refuse_changed(base.name, differences, standing);
    }
    for (const std::string& internet : standing) {
      state.internets.erase(internet);
    }
    state.bases.erase(running);
  }
  for (const graph::Internet& internet : graph.internets) {
    const auto running = state.internets.find(internet.name);
    if (running == state.internets.end() || running->second.digest == digest_of(internet)) {
      continue;
    }
    if (changed == Changed::kRefuse) {
      return refuse_changed(internet.name, {}, {});
    }
    state.internets.erase(running);
  }
  return ok();
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
      base.machines.push_back({machine.name, machine.mtu_bytes, {}});
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

plan::Plan Intention::plan() const {
  plan::Plan plan;
  for (const IntendedBase& base : bases) {
    plan.bases.push_back(base.intent.plan);
  }
  for (const IntendedInternet& internet : internets) {
    plan.internets.push_back(internet.intent.plan);
  }
  return plan;
}

Result<Intention> intend(const graph::Graph& graph, State state, plan::Inventory inventory,
                         Changed changed, Diagnostics& diagnostics) {
  TRY(refuse_taken_names(graph, state));
  TRY(settle_changes(graph, state, changed));

  graph::Graph unplanned;
  for (const graph::Base& base : graph.bases) {
    if (state.bases.count(base.name) == 0) {
      unplanned.bases.push_back(base);
    }
  }
  for (const graph::Internet& internet : graph.internets) {
    if (state.internets.count(internet.name) == 0) {
      unplanned.internets.push_back(internet);
    }
  }
  inventory.running = state.running();
  const std::optional<plan::Plan> plan =
      plan::make_plan(unplanned, inventory, plan::PlanOptions{}, diagnostics);
  if (!plan || diagnostics.has_errors()) {
    return Error{Errc::kInvalidArgument, "the description has errors"};
  }

  Intention intention;
  const auto add_base = [&](const std::string& name) {
    for (const IntendedBase& base : intention.bases) {
      if (base.intent.plan.name == name) {
        return;
      }
    }
    IntendedBase base;
    if (const auto running = state.bases.find(name); running != state.bases.end()) {
      base = {running->second, true};
    } else {
      const plan::BasePlan* planned = plan->find_base(name);
      VINET_CHECK(planned != nullptr);
      base.intent.plan = *planned;
      base.intent.namespaces = namespaces_of(slice::lower(*planned));
      for (const graph::Internet& internet : graph.internets) {
        base.intent.made_for_internet = base.intent.made_for_internet || internet.on == name;
      }
    }
    intention.bases.push_back(std::move(base));
  };
  for (const graph::Base& base : graph.bases) {
    add_base(base.name);
  }
  for (const graph::Internet& internet : graph.internets) {
    add_base(internet.on);
    IntendedInternet intended;
    if (const auto running = state.internets.find(internet.name);
        running != state.internets.end()) {
      intended = {running->second, true};
    } else {
      const plan::InternetPlan* planned = plan->find_internet(internet.name);
      VINET_CHECK(planned != nullptr);
      intended.intent.plan = *planned;
      intended.intent.digest = digest_of(internet);
      for (const IntendedBase& base : intention.bases) {
        if (base.intent.plan.name == internet.on) {
          intended.intent.namespaces = namespaces_of(slice::lower(*planned, base.intent.plan));
        }
      }
    }
    intention.internets.push_back(std::move(intended));
  }
  return intention;
}

}  // namespace vinet::control
