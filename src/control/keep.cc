// LocalController: what a daemon asks of it beside `up` and `down`.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "control/controller.h"
#include "control/holdings.h"
#include "control/lease.h"
#include "control/mend.h"
#include "control/stacks.h"
#include "control/turn.h"
#include "slice/lower.h"

namespace vinet::control {
namespace {

std::vector<slice::Slice> slices_of(const std::vector<slice::Slice>& all,
                                    const std::string& owner) {
  std::vector<slice::Slice> own;
  for (const slice::Slice& slice : all) {
    if (slice.owner == owner) own.push_back(slice);
  }
  return own;
}

void add_above(const State& state, const std::string& name, std::set<std::string>& names) {
  for (const std::string& above : state.all_standing_on(name)) names.insert(above);
}

}  // namespace

Result<std::vector<Outcome>> LocalController::repair(const Options& options) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::take_quietly(store_, options));
  Operation recovered;
  ASSIGN_OR_RETURN(State state, begin(options, recovered));
  std::vector<Outcome> done;
  const auto apply = [&](const std::string& name, bool internet,
                         const std::vector<slice::Slice>& slices,
                         const std::set<std::string>& only = {}) -> Status {
    machine::Options how;
    how.stop = options.stop;
    how.only = only;
    how.leave_base_devices = true;
    ASSIGN_OR_RETURN(const machine::ApplyReport report, mend(machine_, slices, how));
    const auto what = report.unchanged() ? Outcome::What::kUnchanged : Outcome::What::kRepaired;
    done.push_back({name, internet, what, report});
    return ok();
  };
  if (!options.only_above.empty()) {
    const auto concerned = following(state, options.only_above);
    Stacks stacks(state);
    TRY_IN("look at base paths", stacks.look_at_paths(machine_));
    for (const std::string& name : state.in_layers()) {
      const auto nodes = concerned.find(name);
      if (nodes == concerned.end() || fleet_under(state, name) != nullptr) continue;
      TRY_IN("repair " + name, apply(name, true, stacks.slices_of(name), nodes->second));
    }
    return done;
  }
  for (const auto& [name, base] : state.bases) {
    if (base.plan.fleet) continue;  // its machines keep themselves
    const std::set<std::string> machines(base.namespaces.begin(), base.namespaces.end());
    TRY_IN("repair " + name, apply(name, false, slice::lower(base.plan), machines));
  }
  Stacks stacks(state);
  const std::vector<std::string> internets = state.in_layers();
  std::vector<slice::Slice> all;
  const auto add_slices = [&](bool on_bases) {
    for (const std::string& name : internets) {
      if (state.bases.contains(state.internets.at(name).plan.base) != on_bases) continue;
      if (fleet_under(state, name) != nullptr) continue;
      std::vector<slice::Slice> slices = stacks.slices_of(name);
      std::move(slices.begin(), slices.end(), std::back_inserter(all));
    }
  };
  add_slices(true);
  if (options.tend_paths) TRY_IN("tend base paths", options.tend_paths(machine_, all));
  if (stacks.stacked()) TRY_IN("look at base paths", stacks.look_at_paths(machine_));
  add_slices(false);  // their MTUs follow the paths
  machine::Options look;
  look.stop = options.stop;
  look.leave_base_devices = true;
  // One look for all; what one repair alters for those above it is seen by their own.
  ASSIGN_OR_RETURN(std::set<std::string> strayed, machine_.strayed(all, look));
  for (const std::string& name : internets) {
    if (fleet_under(state, name) != nullptr) continue;
    if (!strayed.contains(name)) {
      done.push_back({name, true, Outcome::What::kUnchanged, {}});
      continue;
    }
    TRY_IN("repair " + name, apply(name, true, slices_of(all, name)));
    if (done.back().what != Outcome::What::kUnchanged) add_above(state, name, strayed);
  }
  return done;
}

Result<uint64_t> LocalController::renew(const std::string& internet,
                                        std::optional<uint64_t> lease_s, const Options& options) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::take(store_, options));
  ASSIGN_OR_RETURN(State state, store_.load());
  const auto found = state.internets.find(internet);
  if (found == state.internets.end() || phase_of_internet(state, internet) != "up") {
    return Error{Errc::kNotFound, fmt::format("no internet called '{}' runs", internet)};
  }
  InternetIntent& intent = found->second;
  const uint64_t length_s = lease_s.value_or(intent.plan.lease_s);
  if (length_s == 0) {
    return Error{Errc::kFailedPrecondition,
                 fmt::format("{} has no lease; give it one with --lease", internet)};
  }
  const Clocks now = read_clocks();
  intent.lease_end = lease_end(now, length_s);
  std::optional<Ground> ground = state.ground_of(intent.plan);
  if (!ground) {
    return Error{Errc::kFailedPrecondition,
                 fmt::format("'{}', on which {} stands, is unknown", intent.plan.base, internet)};
  }
  Changes changes;
  changes.internets.push_back({intent, *std::move(ground)});
  changes.events.push_back(
      {0, now.wall_us, "renewed", internet, fmt::format("its lease ends in {} s", length_s)});
  TRY(store_.write(changes));
  return length_s;
}

Result<std::vector<Event>> LocalController::events(uint64_t after, uint64_t most) {
  return store_.events(after, most);
}

}  // namespace vinet::control
