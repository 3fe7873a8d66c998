// LocalController: what `down` removes, and how.
#include <unistd.h>

#include <set>

#include "control/controller.h"
#include "control/fleet_leases.h"
#include "control/fleets.h"
#include "control/holdings.h"
#include "control/lease.h"
#include "control/local.h"
#include "control/rollback.h"
#include "control/turn.h"
#include "support/diagnostics.h"

namespace vinet::control {

/// Which internets and bases have to go. Errors before anything is touched.
Result<Operation> LocalController::choose(const DownRequest& request, const State& state,
                                          const Operation& recovered) {
  Operation chosen;
  chosen.kind = Operation::Kind::kDown;
  chosen.pid = ::getpid();
  std::vector<std::string> asked_bases;  // by name: go in any case
  std::vector<std::string> asked;        // internets that the state knows
  std::vector<std::string> strangers;    // asked for, and unknown to the state

  for (const std::string& name : request.names) {
    if (state.internets.count(name) != 0) {
      add(asked, name);
    } else if (state.bases.count(name) != 0) {
      add(asked_bases, name);
    } else if (!has(recovered.internets, name) && !has(recovered.bases, name)) {
      add(strangers, name);
    }
  }
  std::vector<std::string> file_strangers;
  std::vector<std::string> file_bases;
  for (const Named& file : request.files) {
    for (const std::string& name : file.internets) {
      if (state.internets.count(name) != 0) {
        add(asked, name);
      } else {
        add(file_strangers, name);
      }
    }
    for (const std::string& name : file.bases) {
      add(file_bases, name);
      if (state.bases.count(name) == 0) {
        add(file_strangers, name);
      } else if (file.internets.empty()) {
        add(asked_bases, name);  // a file that describes only bases is about them
      }
    }
  }
  if (request.all) {
    for (const auto& [name, internet] : state.internets) add(asked, name);
    for (const auto& [name, base] : state.bases) add(asked_bases, name);
  }
  // With an internet or a base goes what stands on it, and it cannot go before that.
  const std::vector<std::string> known = state.in_layers();
  std::set<std::string> going(asked.begin(), asked.end());
  for (const std::vector<std::string>* names : {&asked, &asked_bases}) {
    for (const std::string& name : *names) {
      std::vector<std::string> others = state.all_standing_on(name);
      std::erase_if(others, [&](const std::string& upper) { return going.contains(upper); });
      if (!others.empty() && !request.recursive) {
        return Error{Errc::kFailedPrecondition,
                     fmt::format("{} is in use: on it stand {} (`vinet down --recursive {}` "
                                 "removes them too)",
                                 name, fmt::join(others, ", "), name)};
      }
      going.insert(others.begin(), others.end());
    }
  }
  for (const std::string& name : known) {
    if (going.contains(name)) chosen.internets.push_back(name);
  }
  chosen.bases = asked_bases;
  // A base that an `up` made for its internets goes with the last of them.
  for (const auto& [name, base] : state.bases) {
    const std::vector<std::string> standing = state.standing_on(name);
    const bool was_used = std::any_of(standing.begin(), standing.end(), [&](const auto& internet) {
      return has(chosen.internets, internet);
    });
    const bool is_used = std::any_of(standing.begin(), standing.end(), [&](const auto& internet) {
      return !has(chosen.internets, internet);
    });
    if (base.made_for_internet && was_used && !is_used) {
      add(chosen.bases, name);
    }
  }
  // What the state does not know may still be in the kernel, where a state directory was lost.
  if (!strangers.empty() || !file_strangers.empty() || request.all) {
    Result<std::vector<std::string>> found = leftovers_of(state);
    if (!found) {
      return from_machine(std::move(found).error(), "look for leftovers");
    }
    for (const std::string& name : strangers) {
      if (!has(*found, name)) {
        if (const auto held = held_(); held && held->contains(name)) {
          return Error{Errc::kFailedPrecondition,
                       fmt::format("{} is held for the controller of a fleet, elsewhere: it is "
                                   "taken down there",
                                   name)};
        }
        std::vector<std::string> candidates = *found;
        for (const auto& [internet, intent] : state.internets) {
          candidates.push_back(internet);
        }
        for (const auto& [base, intent] : state.bases) {
          candidates.push_back(base);
        }
        const std::string near = nearest(name, candidates);
        return Error{Errc::kNotFound,
                     fmt::format("no base or internet called '{}' runs{}", name,
                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
      }
      add(chosen.internets, name);
    }
    for (const std::string& name : *found) {
      if (request.all || has(file_strangers, name)) {
        add(chosen.internets, name);
      }
    }
    // The kernel does not say whether a leftover is a base; those that a file calls one go last, by
    // being put first.
    std::stable_partition(chosen.internets.begin(), chosen.internets.end(),
                          [&](const std::string& name) { return has(file_bases, name); });
  }
  return chosen;
}

Status LocalController::take_down(const Operation& operation, const std::string& why, State& state,
                                  const Options& options) {
  // Machines would hold on to what nobody knows any more.
  for (const auto* names : {&operation.internets, &operation.bases}) {
    for (const std::string& name : *names) {
      if (fleet_under(state, name) != nullptr) TRY(fleets_.reach(state));
    }
  }
  Changes begun;
  begun.operation = operation;
  const Clocks now = read_clocks();
  for (const auto* names : {&operation.internets, &operation.bases}) {
    for (const std::string& name : *names) add_event(begun, now, "down", name, why);
  }
  TRY(store_.write(begun));
  Status removed = undo(operation, state, "down", options);
  return removed ? ok() : from_machine(std::move(removed).error(), "down");
}

/// What an `up` describes and what has ended, but was not taken down yet, does not run any more:
/// machines of a fleet have let go of it already. With it goes what stands on it.
Status LocalController::end_what_is_over(const graph::Graph& graph, State& state,
                                         const Options& options) {
  const Clocks now = read_clocks();
  DownRequest request;
  request.recursive = true;
  for (const graph::Internet& internet : graph.internets) {
    const auto held = state.internets.find(internet.name);
    if (held == state.internets.end() || !held->second.lease_end) continue;
    if (remaining_s(*held->second.lease_end, now) > 0) continue;
    if (asks_for_lease(state, internet.name, now)) continue;
    request.names.push_back(internet.name);
    note(options, internet.name + ": its lease has ended; it is made anew");
  }
  if (request.names.empty()) return ok();
  ASSIGN_OR_RETURN(const Operation operation, choose(request, state, {}));
  TRY(take_down(operation, "its lease has ended", state, options));
  ASSIGN_OR_RETURN(state, store_.load());
  return ok();
}

Result<std::vector<Outcome>> LocalController::down(const DownRequest& request,
                                                   const Options& options) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::take(store_, options));
  Operation recovered;
  ASSIGN_OR_RETURN(State state, begin(options, recovered));
  ASSIGN_OR_RETURN(const Operation operation, choose(request, state, recovered));
  std::vector<Outcome> outcomes;
  if (operation.internets.empty() && operation.bases.empty()) {
    return outcomes;
  }
  TRY(take_down(operation, "", state, options));
  for (auto name = operation.internets.rbegin(); name != operation.internets.rend(); ++name) {
    outcomes.push_back({*name, true, Outcome::What::kRemoved, {}});
  }
  for (auto name = operation.bases.rbegin(); name != operation.bases.rend(); ++name) {
    outcomes.push_back({*name, false, Outcome::What::kRemoved, {}});
  }
  return outcomes;
}

}  // namespace vinet::control
