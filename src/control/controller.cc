#include "control/controller.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "control/removal.h"
#include "slice/lower.h"

namespace vinet::control {
namespace {

/// The kernel's "no such device" is not the user's "no such internet": only what a user can act
/// upon keeps its code.
Error from_machine(Error error, const std::string& attempt) {
  switch (error.code) {
    case Errc::kCancelled:
    case Errc::kPermissionDenied:
    case Errc::kUnimplemented:
    case Errc::kAlreadyExists:
    case Errc::kResourceExhausted:
      break;
    default:
      error.code = Errc::kInternal;
  }
  return std::move(error).within(attempt);
}

machine::Options options_for(const std::string& name, const Options& options, bool stoppable) {
  machine::Options result;
  if (options.progress) {
    result.progress = [name, progress = options.progress](const std::string& stage, size_t done,
                                                          size_t total) {
      progress(name + ": " + stage, done, total);
    };
  }
  if (stoppable) {
    result.stop = options.stop;
  }
  return result;
}

void note(const Options& options, const std::string& line) {
  if (options.note) {
    options.note(line);
  }
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add(std::vector<std::string>& names, const std::string& name) {
  if (!has(names, name)) {
    names.push_back(name);
  }
}

std::string list_of(const Operation& operation) {
  std::vector<std::string> names = operation.internets;
  names.insert(names.end(), operation.bases.begin(), operation.bases.end());
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

/// Reads the state and finishes what a killed command left; `recovered` says what that was.
Result<State> LocalController::begin(const Options& options, Operation& recovered) {
  ASSIGN_OR_RETURN(State state, store_.load());
  TRY(store_.tidy());
  if (!state.operation) {
    return state;
  }
  recovered = *state.operation;
  note(options, fmt::format("`vinet {}` (process {}) did not end: removing what it left of {}",
                            recovered.kind == Operation::Kind::kUp ? "up" : "down", recovered.pid,
                            list_of(recovered)));
  Status removed =
      remove_all_of(recovered, state, store_, machine_, options_for("clean up", options, false));
  if (!removed) {
    return from_machine(std::move(removed).error(), "clean up after a killed command");
  }
  return state;
}

/// Leaves nothing behind where nothing is left to remember.
void LocalController::end(Lock& lock) {
  if (!store_.tidy()) {
    return;  // what could not be removed stays; the next command tries again
  }
  if (const Result<State> state = store_.load(); state && state->empty()) {
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
    Result<plan::Inventory> inventory = machine_.inventory();
    if (!inventory) {
      return from_machine(std::move(inventory).error(), "take stock of this computer");
    }
    ASSIGN_OR_RETURN(const Intention intention,
                     intend(graph, state, *std::move(inventory), Changed::kRefuse, diagnostics));
    return roll_out(intention, state, options);
  }();
  end(lock);
  return outcome;
}

Result<std::vector<Outcome>> LocalController::apply_all(const Intention& intention,
                                                        const Options& options) {
  std::vector<Outcome> outcomes;
  const auto apply = [&](const std::string& name, bool internet, bool runs,
                         const std::vector<slice::Slice>& slices) -> Status {
    if (options.stop && options.stop()) {
      return Error{Errc::kCancelled, "interrupted"};
    }
    Result<machine::ApplyReport> report = machine_.apply(slices, options_for(name, options, true));
    if (!report) {
      return from_machine(std::move(report).error(), "up " + name);
    }
    Outcome::What what = Outcome::What::kMade;
    if (runs) {
      what = report->unchanged() ? Outcome::What::kUnchanged : Outcome::What::kRepaired;
    }
    outcomes.push_back({name, internet, what, *report});
    return ok();
  };
  for (const IntendedBase& base : intention.bases) {
    TRY(apply(base.intent.plan.name, false, base.runs, slice::lower(base.intent.plan)));
  }
  for (const IntendedInternet& internet : intention.internets) {
    for (const IntendedBase& base : intention.bases) {
      if (base.intent.plan.name == internet.intent.plan.base) {
        TRY(apply(internet.intent.plan.name, true, internet.runs,
                  slice::lower(internet.intent.plan, base.intent.plan)));
      }
    }
  }
  return outcomes;
}

Result<std::vector<Outcome>> LocalController::roll_out(const Intention& intention, State& state,
                                                       const Options& options) {
  Operation operation{Operation::Kind::kUp, ::getpid(), {}, {}};
  for (const IntendedBase& base : intention.bases) {
    if (!base.runs) {
      operation.bases.push_back(base.intent.plan.name);
      state.bases[base.intent.plan.name] = base.intent;
    }
  }
  for (const IntendedInternet& internet : intention.internets) {
    if (!internet.runs) {
      operation.internets.push_back(internet.intent.plan.name);
      state.internets[internet.intent.plan.name] = internet.intent;
    }
  }
  const bool makes = !operation.bases.empty() || !operation.internets.empty();
  if (!makes) {
    return apply_all(intention, options);  // a repair: what ran goes on to run, whatever comes
  }

  bool written = false;
  Result<std::vector<Outcome>> outcome = [&]() -> Result<std::vector<Outcome>> {
    TRY(store_.put(operation));
    written = true;
    for (const std::string& name : operation.bases) {
      TRY(store_.put(state.bases.at(name)));
    }
    for (const std::string& name : operation.internets) {
      const InternetIntent& internet = state.internets.at(name);
      TRY(store_.put(internet, state.bases.at(internet.plan.base).plan));
    }
    ASSIGN_OR_RETURN(std::vector<Outcome> outcomes, apply_all(intention, options));
    if (options.stop && options.stop()) {
      return Error{Errc::kCancelled, "interrupted"};
    }
    TRY(store_.erase_operation());
    return outcomes;
  }();
  if (outcome) {
    return outcome;
  }
  if (!written) {
    (void)store_
        .erase_operation();  // it may be there although the write said otherwise (a failed sync)
    return outcome;
  }
  note(options, "removing what this command made");
  const Status undone =
      remove_all_of(operation, state, store_, machine_, options_for("undo", options, false));
  if (!undone) {
    Error error = std::move(outcome).error();
    error.code = Errc::kInternal;
    error.message += "\n  undoing it failed too: " + undone.error().message +
                     "\n  what remains is removed by the next `vinet up` or `vinet down`";
    return error;
  }
  return outcome;
}

Result<State> LocalController::state(std::vector<std::string>& damaged) {
  return store_.load_readable(damaged);
}

Result<std::vector<std::string>> LocalController::leftovers() {
  std::vector<std::string> damaged;
  return leftovers_of(store_.load_readable(damaged));
}

Result<std::vector<std::string>> LocalController::leftovers_of(const State& state) {
  ASSIGN_OR_RETURN(std::vector<std::string> owners, machine_.list_owners());
  owners.erase(std::remove_if(owners.begin(), owners.end(),
                              [&](const std::string& owner) {
                                return state.bases.count(owner) != 0 ||
                                       state.internets.count(owner) != 0;
                              }),
               owners.end());
  return owners;
}

/// Which internets and bases have to go. Errors before anything is touched.
Result<Operation> LocalController::choose(const DownRequest& request, const State& state,
                                          const Operation& recovered) {
  Operation chosen{Operation::Kind::kDown, ::getpid(), {}, {}};
  std::vector<std::string> asked_bases;  // by name: go in any case
  std::vector<std::string> strangers;    // asked for, and unknown to the state
  const auto choose_internet = [&](const std::string& name) { add(chosen.internets, name); };

  for (const std::string& name : request.names) {
    if (state.internets.count(name) != 0) {
      choose_internet(name);
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
        choose_internet(name);
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
    for (const auto& [name, internet] : state.internets) {
      choose_internet(name);
    }
    for (const auto& [name, base] : state.bases) {
      add(asked_bases, name);
    }
  }
  for (const std::string& base : asked_bases) {
    std::vector<std::string> others;
    for (const std::string& internet : state.standing_on(base)) {
      if (has(chosen.internets, internet)) {
        continue;
      }
      if (request.recursive) {
        choose_internet(internet);
      } else {
        others.push_back(internet);
      }
    }
    if (!others.empty()) {
      return Error{
          Errc::kFailedPrecondition,
          fmt::format("{} is in use: on it stand {} (`vinet down --recursive {}` removes them too)",
                      base, fmt::join(others, ", "), base)};
    }
    add(chosen.bases, base);
  }
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
        std::vector<std::string> known = *found;
        for (const auto& [internet, intent] : state.internets) {
          known.push_back(internet);
        }
        for (const auto& [base, intent] : state.bases) {
          known.push_back(base);
        }
        const std::string near = nearest(name, known);
        return Error{Errc::kNotFound,
                     fmt::format("no base or internet called '{}' runs{}", name,
                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
      }
      choose_internet(name);
    }
    for (const std::string& name : *found) {
      if (request.all || has(file_strangers, name)) {
        choose_internet(name);
      }
    }
    // The kernel does not say whether a leftover is a base; those that a file calls one go last, by
    // being put first.
    std::stable_partition(chosen.internets.begin(), chosen.internets.end(),
                          [&](const std::string& name) { return has(file_bases, name); });
  }
  return chosen;
}

Result<std::vector<Outcome>> LocalController::down(const DownRequest& request,
                                                   const Options& options) {
  ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store_.directory(),
                                            {options.lock_wait, options.stop, options.note}));
  Result<std::vector<Outcome>> outcome = [&]() -> Result<std::vector<Outcome>> {
    Operation recovered;
    ASSIGN_OR_RETURN(State state, begin(options, recovered));
    ASSIGN_OR_RETURN(const Operation operation, choose(request, state, recovered));
    std::vector<Outcome> outcomes;
    if (operation.internets.empty() && operation.bases.empty()) {
      return outcomes;
    }
    TRY(store_.put(operation));
    Status removed =
        remove_all_of(operation, state, store_, machine_, options_for("down", options, false));
    if (!removed) {
      return from_machine(std::move(removed).error(), "down");
    }
    for (auto name = operation.internets.rbegin(); name != operation.internets.rend(); ++name) {
      outcomes.push_back({*name, true, Outcome::What::kRemoved, {}});
    }
    for (auto name = operation.bases.rbegin(); name != operation.bases.rend(); ++name) {
      outcomes.push_back({*name, false, Outcome::What::kRemoved, {}});
    }
    return outcomes;
  }();
  end(lock);
  return outcome;
}

}  // namespace vinet::control
