// LocalController: machines of fleets.
#include <fmt/format.h>

#include <set>

#include "control/controller.h"
#include "control/fleets.h"
#include "control/leaving.h"
#include "control/local.h"
#include "control/turn.h"

namespace vinet::control {

Result<std::vector<std::string>> LocalController::tend_fleets(const Options& options) {
  std::vector<std::string> mended;
  if (!store_.may_write()) return mended;
  ASSIGN_OR_RETURN(const State seen, store_.load());
  fleets_.know(seen);
  ASSIGN_OR_RETURN(Look look, fleets_.look(seen));
  if (look.empty() && !seen.operation) return mended;
  ASSIGN_OR_RETURN(const Turn turn, Turn::take_quietly(store_, options));
  Operation recovered;
  ASSIGN_OR_RETURN(const State state, begin(options, recovered));
  // What was seen without the lock may have been a command's work.
  fleets_.know(state);
  ASSIGN_OR_RETURN(look, fleets_.look(state));
  const Changes gone =
      without_leaving(state, [&](const Leaving& one) { return look.cleaned.contains(one.daemon); });
  if (gone.changes_state()) TRY(store_.write(gone));
  TRY(fleets_.mend(look, options, mended));
  return mended;
}

void LocalController::watch_fleets() {
  std::vector<std::string> damaged;
  fleets_.know(store_.load_readable(damaged));
}

Result<std::vector<MachineState>> LocalController::machines() {
  std::vector<std::string> damaged;
  const State state = store_.load_bases(damaged);
  if (!store_.may_write()) fleets_.ask(state);  // who controls asks all the time
  return fleets_.machines(state);
}

Status LocalController::forget_machine(const std::string& base, const std::string& machine,
                                       const Options& options) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::take(store_, options));
  Operation recovered;
  ASSIGN_OR_RETURN(const State state, begin(options, recovered));
  Changes changes = without_leaving(
      state, [&](const Leaving& one) { return one.base == base && one.machine == machine; });
  if (!changes.changes_state()) {
    return Error{Errc::kNotFound,
                 fmt::format("no machine '{}' is leaving a fleet '{}'", machine, base)};
  }
  add_event(changes, read_clocks(), "forgotten", base + "." + machine,
            "by hand; it is not cleaned should it come back");
  return store_.write(changes);
}

Status LocalController::drain(const std::string& base, const std::string& machine, bool drained,
                              const Options& options) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::take(store_, options));
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
}

}  // namespace vinet::control
