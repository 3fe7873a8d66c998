// LocalController: what `up` makes, changes and takes back.
#include <fmt/format.h>
#include <unistd.h>

#include "control/fleets.h"
#include "control/holdings.h"
#include "control/leaving.h"
#include "control/local.h"
#include "control/roll_out.h"
#include "control/rollback.h"
#include "control/tenant.h"
#include "control/turn.h"

namespace vinet::control {

BaseSeen base_as_seen(const State& state, const std::string& name) {
  const auto base = state.bases.find(name);
  const bool there = base != state.bases.end() && !base->second.only_leaving();
  return {name, there ? base->second.generation : 0};
}

namespace {

Status refuse_changed(const BaseSeen& seen, const State& state) {
  if (base_as_seen(state, seen.base) == seen) return ok();
  return Error{Errc::kUnavailable,
               fmt::format("'{}' was changed meanwhile by another command", seen.base)};
}

}  // namespace

Result<std::vector<Outcome>> LocalController::up(const graph::Graph& graph, const Options& options,
                                                 Diagnostics& diagnostics) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::take(store_, options));
  Operation recovered;
  ASSIGN_OR_RETURN(State state, begin(options, recovered));
  TRY(refuse_lost(state));
  if (options.only_if) TRY(refuse_changed(*options.only_if, state));
  TRY(end_what_is_over(graph, state, options));
  Result<plan::Inventory> inventory = machine_.inventory();
  if (!inventory) {
    return from_machine(std::move(inventory).error(), "take stock of this computer");
  }
  TRY(fleets_.reach(state));
  fleets_.know(state);
  ASSIGN_OR_RETURN(inventory->fleet, fleets_.facts(graph, state));
  if (!options.tenant.empty()) TRY(refuse_others(graph, state, options.tenant));
  ASSIGN_OR_RETURN(Intention intention, intend(graph, state, *std::move(inventory), diagnostics));
  for (IntendedInternet& internet : intention.internets) {
    if (!internet.runs) internet.intent.tenant = options.tenant;
  }
  TRY(refuse_held(intention, state, held_));
  return roll_out(intention, state, options);
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
  TRY(fleets_.reach(state));
  TRY(refuse_labs(state));
  if (list_of(operation).empty()) {
    std::vector<std::string> mended;
    ASSIGN_OR_RETURN(const Look look, fleets_.look(state));
    TRY(fleets_.mend(look, options, mended));
    for (const std::string& name : mended) note(options, name + " was brought up to date");
    return apply_all(intention, operation, ran, state, machine_,
                     options);  // a repair: what ran goes on to run, whatever comes
  }
  TRY(fleets_.prepare(ran, state, options, operation));
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
    fleets_.know(state);
    ASSIGN_OR_RETURN(const auto away, fleets_.commit(options));
    for (BaseIntent& base : farewell(away, ran, state).bases) {
      after.bases.push_back(std::move(base));
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
    fleets_.abort();
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

}  // namespace vinet::control
