#include "control/controller.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "control/copy.h"
#include "control/digest.h"
#include "control/fleet_leases.h"
#include "control/fleets.h"
#include "control/lease.h"
#include "control/local.h"
#include "control/roll_out.h"
#include "control/rollback.h"
#include "control/tenant.h"
#include "slice/lower.h"
#include "slice/marks.h"

namespace vinet::control {

/// Reads the state and finishes what a killed command left; `recovered` says what that was.
Result<State> LocalController::begin(const Options& options, Operation& recovered) {
  TRY(store_.may_write());
  ASSIGN_OR_RETURN(State state, store_.load());
  TRY(store_.tidy());
  if (fleets_ != nullptr) TRY(fleets_->settle_leases(state));
  if (!state.operation) {
    return state;
  }
  recovered = *state.operation;
  TRY(refuse_fleets(state));
  if (recovered.decided && recovered.kind == Operation::Kind::kUp) {
    note(options, fmt::format("`vinet up` (process {}) did not end: completing what it decided: {}",
                              recovered.pid, list_of(recovered)));
    if (complete(recovered, state, options)) return state;
  }
  const bool up = recovered.kind == Operation::Kind::kUp;
  note(options,
       fmt::format("`vinet {}` (process {}) did not end: {} {}", up ? "up" : "down", recovered.pid,
                   up ? "taking back what it did to" : "removing", list_of(recovered)));
  Status done = undo(recovered, state, "clean up", options);
  if (!done) {
    return from_machine(std::move(done).error(), "clean up after a killed command");
  }
  return state;
}

/// Only a daemon speaks to machines of fleets.
Status LocalController::refuse_fleets(const State& state) const {
  if (fleets_ != nullptr || !has_fleet(state)) return ok();
  return Error{Errc::kFailedPrecondition,
               "machines of a fleet are reached by the daemon only: leave --no-daemon out"};
}

/// A lab is made where its controller is, so one that may be another's tomorrow cannot have one.
Status LocalController::refuse_labs(const State& state) const {
  if (!store_.is_shared()) return ok();
  for (const auto& [name, base] : state.bases) {
    if (base.plan.fleet) continue;
    return Error{Errc::kFailedPrecondition,
                 fmt::format("'{}' is a base of one computer, and {} is shared by daemons of "
                             "several, each of which may have to make what is in it: name the "
                             "daemons of its machines (`machine x [daemon = \"...\"]`), or use a "
                             "daemon with a store of its own (`--store sqlite`)",
                             name, store_.file())};
  }
  return ok();
}

/// Machines that leave their fleets while they are away are remembered until they are cleaned.
static Changes farewell(const std::vector<fleet::Place>& away, const State& before,
                        const State& now) {
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

/// Takes back what `operation` did, here and on fleets. `state` is as before it then.
Status LocalController::undo(const Operation& operation, State& state, const std::string& stage,
                             const Options& options) {
  const State now = state;
  return take_back(operation, state, store_, machine_, options_for(stage, options, false),
                   [&](const State& before) -> Result<Changes> {
                     if (fleets_ == nullptr) return Changes();
                     ASSIGN_OR_RETURN(const auto away, fleets_->carry_out(now, before, options));
                     fleets_->know(before);
                     return farewell(away, now, before);
                   });
}

/// Goes on where a command ended that had stored its decision. On error it is still to be undone.
Status LocalController::complete(const Operation& operation, State& state, const Options& options) {
  const machine::Options how = options_for("complete", options, false);
  const auto is_ours = [&](const std::string& name, const std::vector<std::string>& made,
                           const auto& changed) {
    return fleet_under(state, name) == nullptr &&
           (has(made, name) || std::any_of(changed.begin(), changed.end(),
                                           [&](const auto& old) { return old.name == name; }));
  };
  std::vector<Ground> old_bases, old_internets;
  for (const BaseIntent& old : operation.old_bases) old_bases.push_back(ground_of(old.plan));
  for (const OldInternet& old : operation.old_internets) {
    old_internets.push_back(ground_of(old.intent.plan));
  }
  for (const auto& [name, base] : state.bases) {
    if (!is_ours(name, operation.bases, old_bases)) continue;
    TRY(realise(name, base.namespaces, slice::lower(base.plan), machine_, how));
  }
  Stacks stacks(state);
  if (stacks.stacked()) TRY(stacks.look_at_paths(machine_));
  for (const std::string& name : state.in_layers()) {
    if (!is_ours(name, operation.internets, old_internets)) continue;
    TRY(realise(name, state.internets.at(name).namespaces, stacks.slices_of(name), machine_, how));
  }
  if (fleets_ != nullptr) {
    fleets_->know(state);
    TRY(fleets_->carry_out(state_without(operation, state), state, options));
  }
  Changes ends;
  ends.ends_operation = true;
  const Clocks now = read_clocks();
  for (const std::string& name : operation.bases) add_event(ends, now, "up", name, "completed");
  for (const std::string& name : operation.internets) add_event(ends, now, "up", name, "completed");
  TRY(store_.write(ends));
  state.operation.reset();
  return ok();
}

/// An empty state beside our objects in the kernel is a lost one: whoever made them is forgotten.
Status LocalController::refuse_lost(const State& state) {
  if (!state.empty()) {
    return ok();
  }
  Result<std::vector<std::string>> found = leftovers_of(state);
  if (!found) {
    return from_machine(std::move(found).error(), "look for what runs");
  }
  if (found->empty()) {
    return ok();
  }
  return Error{
      Errc::kFailedPrecondition,
      fmt::format("{} was lost or emptied while {} run: nothing was touched (`vinet recover` "
                  "goes back to the last copy, `vinet down --all` removes them)",
                  store_.file(), fmt::join(*found, ", "))};
}

/// Leaves nothing behind where nothing is left to remember.
void LocalController::end(Lock& lock) {
  if (!store_.tidy()) {
    return;  // what could not be removed stays; the next command tries again
  }
  if (store_.empty()) {
    lock.remove_on_release();
  }
}

Result<std::vector<Outcome>> LocalController::up(const graph::Graph& graph, const Options& options,
                                                 Diagnostics& diagnostics) {
  ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store_.directory(),
                                            {options.lock_wait, options.stop, options.note}));
  Result<std::vector<Outcome>> outcome = [&]() -> Result<std::vector<Outcome>> {
    Operation recovered;
    ASSIGN_OR_RETURN(State state, begin(options, recovered));
    TRY(refuse_lost(state));
    TRY(end_what_is_over(graph, state, options));
    Result<plan::Inventory> inventory = machine_.inventory();
    if (!inventory) {
      return from_machine(std::move(inventory).error(), "take stock of this computer");
    }
    TRY(refuse_fleets(state));
    if (fleets_ != nullptr) {
      fleets_->know(state);
      ASSIGN_OR_RETURN(inventory->fleet, fleets_->facts(graph, state));
    }
    if (!options.tenant.empty()) TRY(refuse_others(graph, state, options.tenant));
    ASSIGN_OR_RETURN(Intention intention, intend(graph, state, *std::move(inventory), diagnostics));
    for (IntendedInternet& internet : intention.internets) {
      if (!internet.runs) internet.intent.tenant = options.tenant;
    }
    TRY(refuse_held(intention, state, held_));
    return roll_out(intention, state, options);
  }();
  end(lock);
  return outcome;
}

/// The operation of an `up`, and the state as it shall be.
Operation LocalController::begin_operation(const Intention& intention, const Clocks& now,
                                           State& state) {
  Operation operation;
  operation.pid = ::getpid();
  for (const IntendedBase& base : intention.bases) {
    if (base.runs && !base.old) {
      continue;
    }
    if (base.old) {
      operation.old_bases.push_back(*base.old);
    } else {
      operation.bases.push_back(base.intent.plan.name);
    }
    state.bases[base.intent.plan.name] = base.intent;
  }
  for (const IntendedInternet& internet : intention.internets) {
    if (internet.runs && !internet.old) {
      continue;
    }
    const uint64_t lease_s = internet.intent.plan.lease_s;
    InternetIntent intent = internet.intent;
    if (internet.old) {
      operation.old_internets.push_back(*internet.old);
    } else {
      operation.internets.push_back(intent.plan.name);
    }
    if (!internet.old || internet.old->intent.plan.lease_s != lease_s) {
      intent.lease_end.reset();
      if (lease_s != 0) {
        intent.lease_end = lease_end(now, lease_s);
      }
    }
    state.internets[intent.plan.name] = std::move(intent);
  }
  return operation;
}

Result<std::vector<Outcome>> LocalController::roll_out(const Intention& intention, State& state,
                                                       const Options& options) {
  const Clocks now = read_clocks();
  const State ran = state;
  Operation operation = begin_operation(intention, now, state);
  TRY(refuse_fleets(state));
  TRY(refuse_labs(state));
  if (list_of(operation).empty()) {
    if (fleets_ != nullptr) {
      std::vector<std::string> mended;
      ASSIGN_OR_RETURN(const Look look, fleets_->look(state));
      TRY(fleets_->mend(look, options, mended));
      for (const std::string& name : mended) note(options, name + " was brought up to date");
    }
    return apply_all(intention, operation, ran, state, machine_,
                     options);  // a repair: what ran goes on to run, whatever comes
  }
  if (fleets_ != nullptr) TRY(fleets_->prepare(ran, state, options, operation));
  Changes before;
  Changes after;
  before.operation = operation;
  after.ends_operation = true;
  const auto put_base = [&](const std::string& name, const char* kind) {
    BaseIntent& intent = state.bases.at(name);
    if (intent.plan.fleet) intent.generation = operation.generation;
    before.bases.push_back(intent);
    add_event(after, now, kind, name, "");
  };
  const auto put_internet = [&](const std::string& name, const char* kind) {
    InternetIntent& intent = state.internets.at(name);
    if (fleet_under(state, name) != nullptr) intent.generation = operation.generation;
    before.internets.push_back({intent, state.ground_of(intent.plan).value_or(Ground{})});
    add_event(after, now, kind, name, "");
  };
  for (const std::string& name : operation.bases) put_base(name, "up");
  for (const BaseIntent& old : operation.old_bases) put_base(old.plan.name, "change");
  for (const std::string& name : operation.internets) put_internet(name, "up");
  for (const OldInternet& old : operation.old_internets) {
    put_internet(old.intent.plan.name, "change");
  }

  bool written = false;
  Result<std::vector<Outcome>> outcome = [&]() -> Result<std::vector<Outcome>> {
    TRY(store_.write(before));
    written = true;
    if (fleets_ != nullptr) {
      fleets_->know(state);
      ASSIGN_OR_RETURN(const auto away, fleets_->commit(options));
      for (BaseIntent& base : farewell(away, ran, state).bases) {
        after.bases.push_back(std::move(base));
      }
    }
    ASSIGN_OR_RETURN(std::vector<Outcome> outcomes,
                     apply_all(intention, operation, ran, state, machine_, options));
    if (options.stop && options.stop()) {
      return Error{Errc::kCancelled, "interrupted"};
    }
    TRY(store_.write(after));
    return outcomes;
  }();
  if (outcome) {
    return outcome;
  }
  if (!written) {
    if (fleets_ != nullptr) fleets_->abort();
    // It may be there although the write said otherwise (a failed sync).
    if (const auto held = store_.load(); held && held->operation) {
      (void)store_.write(without(operation));
    }
    return outcome;
  }
  note(options, "taking back what this command did");
  const Status undone = undo(operation, state, "undo", options);
  if (!undone) {
    Error error = std::move(outcome).error();
    error.code = Errc::kInternal;
    error.message += "\n  undoing it failed too: " + undone.error().message +
                     "\n  what remains is taken back by the next `vinet up` or `vinet down`";
    return error;
  }
  return outcome;
}

Result<State> LocalController::state(std::vector<std::string>& damaged) {
  return store_.load_readable(damaged);
}

Result<State> LocalController::bases(std::vector<std::string>& damaged) {
  return store_.load_bases(damaged);
}

Result<std::vector<std::string>> LocalController::leftovers() {
  std::vector<std::string> damaged;
  return leftovers_of(store_.load_readable(damaged));
}

Result<std::vector<std::string>> LocalController::leftovers_of(const State& state) {
  ASSIGN_OR_RETURN(std::vector<std::string> owners, machine_.list_owners());
  if (held_ && !owners.empty()) {
    ASSIGN_OR_RETURN(const std::set<std::string> held, held_());
    std::erase_if(owners, [&](const std::string& owner) { return held.contains(owner); });
  }
  owners.erase(std::remove_if(owners.begin(), owners.end(),
                              [&](const std::string& owner) {
                                return state.bases.count(owner) != 0 ||
                                       state.internets.count(owner) != 0;
                              }),
               owners.end());
  return owners;
}

Result<std::vector<std::string>> LocalController::recover(const std::string& file,
                                                          const Options& options) {
  ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store_.directory(),
                                            {options.lock_wait, options.stop, options.note}));
  Result<std::vector<std::string>> lines = [&]() -> Result<std::vector<std::string>> {
    if (store_.is_shared() && !file.empty()) {
      ASSIGN_OR_RETURN(const Copy copy, read_copy(file, store_.directory() + "/looked-at.db"));
      TRY_IN("take the state from " + file, refuse_labs(copy.state));
    }
    if (fleets_ != nullptr) fleets_->forget();
    Result<std::vector<std::string>> done =
        file.empty() ? store_.restore() : store_.restore_from(file);
    if (file.empty() && !done && done.error().code == Errc::kNotFound) {
      const auto found = leftovers_of(State{});
      if (!found || found->empty()) {
        return std::vector<std::string>{"nothing to recover: no state, and nothing runs"};
      }
      done.error().code = Errc::kFailedPrecondition;
      done.error().message +=
          fmt::format("; what runs without a state: {} (`vinet down NAME` removes it)",
                      fmt::join(*found, ", "));
    }
    if (!done) {
      return std::move(done).error();
    }
    ASSIGN_OR_RETURN(State state, store_.load());
    if (done->empty()) {
      done->push_back(store_.file() + ": sound");
    }
    Result<std::vector<std::string>> owners = machine_.list_owners();
    if (!owners) {
      return from_machine(std::move(owners).error(), "look for what runs");
    }
    if (const auto held = held_ ? held_() : std::set<std::string>()) {
      std::erase_if(*owners, [&](const std::string& name) { return held->contains(name); });
    }
    std::set<std::string> on_machines;
    if (fleets_ != nullptr) {
      ASSIGN_OR_RETURN(on_machines, fleets_->held(state));
      const Changes leases =
          with_leases(state, leases_by_calendar(state, on_machines, read_clocks()));
      if (leases.changes_state()) TRY(store_.write(leases));
    }
    const auto compare = [&](const std::string& name) {
      const bool runs = on_machines.erase(name) != 0 || has(*owners, name);
      done->push_back(name +
                      (runs ? ": known again" : ": known, but not there; `vinet up` makes it"));
      std::erase(*owners, name);
    };
    for (const auto& [name, base] : state.bases) compare(name);
    for (const std::string& name : state.in_layers()) compare(name);
    for (const std::string& name : *owners) {
      done->push_back(name + ": runs, and is not in the copy; `vinet down " + name +
                      "` removes it");
    }
    for (const std::string& name : on_machines) {
      done->push_back(name + ": held by machines, and is not in the copy; it is removed there");
    }
    return done;
  }();
  end(lock);
  return lines;
}

}  // namespace vinet::control
