// LocalController, fourth part: machines of fleets.
#include <fmt/format.h>

#include <set>

#include "control/controller.h"
#include "control/fleets.h"
#include "control/local.h"

namespace vinet::control {

namespace {

/// Of the machines that left, those for which `goes` says so are not remembered any more.
template <typename Goes>
Changes without_leaving(const State& state, Goes goes) {
  Changes changes;
  for (const auto& [name, base] : state.bases) {
    BaseIntent now = base;
    std::erase_if(now.leaving,
                  [&, &name = name](const auto& one) { return goes(name, one.first, one.second); });
    if (now == base) continue;
    if (now.only_leaving() && now.leaving.empty()) {
      changes.erased_bases.push_back(name);
    } else {
      changes.bases.push_back(std::move(now));
    }
  }
  return changes;
}

}  // namespace

Result<std::vector<std::string>> LocalController::tend_fleets(const Options& options) {
  std::vector<std::string> mended;
  if (fleets_ == nullptr || !store_.may_write()) return mended;
  ASSIGN_OR_RETURN(const State seen, store_.load());
  fleets_->know(seen);
  ASSIGN_OR_RETURN(Look look, fleets_->look(seen));
  if (look.empty() && !seen.operation) return mended;
  Result<Lock> lock = Lock::acquire(store_.directory(), {options.lock_wait, options.stop, {}});
  if (!lock) {
    Error error = std::move(lock).error();
    if (error.code == Errc::kFailedPrecondition) error.code = Errc::kUnavailable;
    return error;
  }
  const Status done = [&]() -> Status {
    Operation recovered;
    ASSIGN_OR_RETURN(const State state, begin(options, recovered));
    // What was seen without the lock may have been a command's work.
    fleets_->know(state);
    ASSIGN_OR_RETURN(look, fleets_->look(state));
    const Changes gone =
        without_leaving(state, [&](const std::string&, const std::string& daemon,
                                   const std::string&) { return look.cleaned.contains(daemon); });
    if (gone.changes_state()) TRY(store_.write(gone));
    return fleets_->mend(look, options, mended);
  }();
  end(*lock);
  if (!done) return done.error();
  return mended;
}

void LocalController::watch_fleets() {
  std::vector<std::string> damaged;
  if (fleets_ != nullptr) fleets_->know(store_.load_readable(damaged));
}

Result<std::vector<MachineState>> LocalController::machines() {
  std::vector<std::string> damaged;
  const State state = store_.load_bases(damaged);
  if (fleets_ == nullptr) return std::vector<MachineState>();
  if (!store_.may_write()) fleets_->ask(state);  // who controls asks all the time
  return fleets_->machines(state);
}

Status LocalController::forget_machine(const std::string& base, const std::string& machine,
                                       const Options& options) {
  ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store_.directory(),
                                            {options.lock_wait, options.stop, options.note}));
  const Status done = [&]() -> Status {
    Operation recovered;
    ASSIGN_OR_RETURN(const State state, begin(options, recovered));
    Changes changes = without_leaving(
        state, [&](const std::string& of, const std::string&, const std::string& name) {
          return of == base && name == machine;
        });
    if (!changes.changes_state()) {
      return Error{Errc::kNotFound,
                   fmt::format("no machine '{}' is leaving a fleet '{}'", machine, base)};
    }
    add_event(changes, read_clocks(), "forgotten", base + "." + machine,
              "by hand; it is not cleaned should it come back");
    return store_.write(changes);
  }();
  end(lock);
  return done;
}

Status LocalController::drain(const std::string& base, const std::string& machine, bool drained,
                              const Options& options) {
  ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store_.directory(),
                                            {options.lock_wait, options.stop, options.note}));
  const Status done = [&]() -> Status {
    Operation recovered;
    ASSIGN_OR_RETURN(const State state, begin(options, recovered));
    const auto found = state.bases.find(base);
    if (found == state.bases.end() || !found->second.plan.fleet) {
      return Error{Errc::kNotFound, fmt::format("there is no fleet called '{}'", base)};
    }
    BaseIntent intent = found->second;
    auto& machines = intent.plan.machines;
    const auto one = std::find_if(machines.begin(), machines.end(),
                                  [&](const auto& other) { return other.name == machine; });
    if (one == machines.end()) {
      return Error{Errc::kNotFound, fmt::format("fleet '{}' has no machine '{}'", base, machine)};
    }
    if (one->drained == drained) return ok();
    one->drained = drained;
    Changes changes;
    changes.bases.push_back(std::move(intent));
    add_event(changes, read_clocks(), drained ? "drained" : "undrained", base + "." + machine, "");
    return store_.write(changes);
  }();
  end(lock);
  return done;
}

}  // namespace vinet::control
