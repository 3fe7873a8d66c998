#include "control/controller.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "control/digest.h"
#include "control/lease.h"
#include "control/rollback.h"
#include "slice/diff.h"
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
  for (const OldInternet& old : operation.old_internets) {
    add(names, old.intent.plan.name);
  }
  names.insert(names.end(), operation.bases.begin(), operation.bases.end());
  for (const BaseIntent& old : operation.old_bases) {
    add(names, old.plan.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void add_event(Changes& changes, const Clocks& now, const std::string& kind,
               const std::string& object, const std::string& text) {
  changes.events.push_back({0, now.wall_us, kind, object, text});
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
  const bool up = recovered.kind == Operation::Kind::kUp;
  note(options,
       fmt::format("`vinet {}` (process {}) did not end: {} {}", up ? "up" : "down", recovered.pid,
                   up ? "taking back what it did to" : "removing", list_of(recovered)));
  Status done =
      take_back(recovered, state, store_, machine_, options_for("clean up", options, false));
  if (!done) {
    return from_machine(std::move(done).error(), "clean up after a killed command");
  }
  return state;
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
    Result<plan::Inventory> inventory = machine_.inventory();
    if (!inventory) {
      return from_machine(std::move(inventory).error(), "take stock of this computer");
    }
    ASSIGN_OR_RETURN(const Intention intention,
                     intend(graph, state, *std::move(inventory), diagnostics));
    return roll_out(intention, state, options);
  }();
  end(lock);
  return outcome;
}

Result<std::vector<Outcome>> LocalController::apply_all(const Intention& intention,
                                                        const Options& options) {
  std::vector<Outcome> outcomes;
  const auto apply = [&](const Outcome& outcome, const std::vector<std::string>& namespaces,
                         const std::vector<slice::Slice>& slices,
                         std::set<std::string> only = {}) -> Result<machine::ApplyReport> {
    if (options.stop && options.stop()) {
      return Error{Errc::kCancelled, "interrupted"};
    }
    machine::Options how = options_for(outcome.name, options, true);
    how.only = std::move(only);
    auto report = realise(outcome.name, namespaces, slices, machine_, how);
    if (!report) {
      return from_machine(std::move(report).error(), "up " + outcome.name);
    }
    return report;
  };
  const auto what = [](bool runs, bool changes, const machine::ApplyReport& report) {
    if (!runs) {
      return Outcome::What::kMade;
    }
    if (changes) {
      return Outcome::What::kChanged;
    }
    return report.unchanged() ? Outcome::What::kUnchanged : Outcome::What::kRepaired;
  };
  for (const IntendedBase& base : intention.bases) {
    Outcome outcome{base.intent.plan.name, false, Outcome::What::kMade, {}};
    ASSIGN_OR_RETURN(outcome.report,
                     apply(outcome, base.intent.namespaces,
                           base.old ? slices_between(base.old->plan, base.intent.plan)
                                    : slice::lower(base.intent.plan)));
    outcome.what = what(base.runs, base.old.has_value(), outcome.report);
    outcomes.push_back(std::move(outcome));
  }
  for (const IntendedInternet& internet : intention.internets) {
    for (const IntendedBase& base : intention.bases) {
      if (base.intent.plan.name != internet.intent.plan.base) {
        continue;
      }
      Outcome outcome{internet.intent.plan.name, true, Outcome::What::kMade, {}};
      const std::vector<slice::Slice> slices = slice::lower(internet.intent.plan, base.intent.plan);
      std::set<std::string> only;
      if (options.has_keeper && internet.old && !base.old) {
        only = slice::touched(slices, slice::lower(internet.old->intent.plan, internet.old->base));
      }
      ASSIGN_OR_RETURN(outcome.report,
                       apply(outcome, internet.intent.namespaces, slices, std::move(only)));
      outcome.what = what(internet.runs, internet.changes(), outcome.report);
      outcomes.push_back(std::move(outcome));
    }
  }
  for (size_t i = 0; i < intention.bases.size(); ++i) {
    const IntendedBase& base = intention.bases[i];
    if (!base.old) {
      continue;
    }
    ASSIGN_OR_RETURN(const machine::ApplyReport report,
                     apply(outcomes[i], base.intent.namespaces, slice::lower(base.intent.plan)));
    outcomes[i].report.created += report.created;
    outcomes[i].report.changed += report.changed;
    outcomes[i].report.deleted += report.deleted;
  }
  return outcomes;
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
  const Operation operation = begin_operation(intention, now, state);
  if (list_of(operation).empty()) {
    return apply_all(intention, options);  // a repair: what ran goes on to run, whatever comes
  }
  Changes before;
  Changes after;
  before.operation = operation;
  after.ends_operation = true;
  const auto put_base = [&](const std::string& name, const char* kind) {
    before.bases.push_back(state.bases.at(name));
    add_event(after, now, kind, name, "");
  };
  const auto put_internet = [&](const std::string& name, const char* kind) {
    const InternetIntent& intent = state.internets.at(name);
    before.internets.push_back({intent, state.bases.at(intent.plan.base).plan});
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
    ASSIGN_OR_RETURN(std::vector<Outcome> outcomes, apply_all(intention, options));
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
    // It may be there although the write said otherwise (a failed sync).
    if (const auto held = store_.load(); held && held->operation) {
      (void)store_.write(without(operation));
    }
    return outcome;
  }
  note(options, "taking back what this command did");
  const Status undone =
      take_back(operation, state, store_, machine_, options_for("undo", options, false));
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
  Operation chosen;
  chosen.kind = Operation::Kind::kDown;
  chosen.pid = ::getpid();
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
    Changes begun;
    begun.operation = operation;
    const Clocks now = read_clocks();
    for (const auto* names : {&operation.internets, &operation.bases}) {
      for (const std::string& name : *names) {
        add_event(begun, now, "down", name, "");
      }
    }
    TRY(store_.write(begun));
    Status removed =
        take_back(operation, state, store_, machine_, options_for("down", options, false));
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

Result<std::vector<std::string>> LocalController::recover(const std::string& file,
                                                          const Options& options) {
  ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store_.directory(),
                                            {options.lock_wait, options.stop, options.note}));
  Result<std::vector<std::string>> lines = [&]() -> Result<std::vector<std::string>> {
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
    ASSIGN_OR_RETURN(const State state, store_.load());
    if (done->empty()) {
      done->push_back(store_.file() + ": sound");
    }
    Result<std::vector<std::string>> owners = machine_.list_owners();
    if (!owners) {
      return from_machine(std::move(owners).error(), "look for what runs");
    }
    const auto compare = [&](const std::string& name) {
      const bool runs = has(*owners, name);
      done->push_back(name +
                      (runs ? ": known again" : ": known, but not there; `vinet up` makes it"));
      std::erase(*owners, name);
    };
    for (const auto& [name, base] : state.bases) compare(name);
    for (const auto& [name, internet] : state.internets) compare(name);
    for (const std::string& name : *owners) {
      done->push_back(name + ": runs, and is not in the copy; `vinet down " + name +
                      "` removes it");
    }
    return done;
  }();
  end(lock);
  return lines;
}

}  // namespace vinet::control
