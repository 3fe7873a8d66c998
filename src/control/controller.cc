#include "control/controller.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/fleets.h"
#include "control/holdings.h"
#include "control/leaving.h"
#include "control/local.h"
#include "control/rollback.h"
#include "control/stacks.h"
#include "slice/lower.h"

namespace vinet::control {

/// Reads the state and finishes what a killed command left; `recovered` says what that was.
Result<State> LocalController::begin(const Options& options, Operation& recovered) {
  TRY(store_.may_write());
  ASSIGN_OR_RETURN(State state, store_.load());
  TRY(store_.tidy());
  TRY(fleets_.settle_leases(state));
  if (!state.operation) {
    return state;
  }
  recovered = *state.operation;
  TRY(fleets_.reach(state));
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

/// Takes back what `operation` did, here and on fleets. `state` is as before it then.
Status LocalController::undo(const Operation& operation, State& state, const std::string& stage,
                             const Options& options) {
  const State now = state;
  return take_back(operation, state, store_, machine_, options_for(stage, options, false),
                   [&](const State& before) -> Result<Changes> {
                     ASSIGN_OR_RETURN(const auto away, fleets_.carry_out(now, before, options));
                     fleets_.know(before);
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
  fleets_.know(state);
  TRY(fleets_.carry_out(state_without(operation, state), state, options));
  Changes ends;
  ends.ends_operation = true;
  const Clocks now = read_clocks();
  for (const std::string& name : operation.bases) add_event(ends, now, "up", name, "completed");
  for (const std::string& name : operation.internets) add_event(ends, now, "up", name, "completed");
  TRY(store_.write(ends));
  state.operation.reset();
  return ok();
}

Result<State> LocalController::state(std::vector<std::string>& damaged) {
  return store_.load_readable(damaged);
}

Result<State> LocalController::bases(std::vector<std::string>& damaged) {
  return store_.load_bases(damaged);
}

}  // namespace vinet::control
