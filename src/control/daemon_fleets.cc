#include "control/daemon_fleets.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "control/fleet_leases.h"
#include "control/local.h"
#include "slice/marks.h"
#include "support/random.h"

namespace vinet::control {
namespace {

std::vector<std::string> daemons_of(const plan::BasePlan& base) {
  std::vector<std::string> daemons;
  for (const plan::MachinePlan& machine : base.machines) daemons.push_back(machine.daemon);
  return daemons;
}

/// The newest term of a store that a machine has seen.
uint64_t term_of(const fleet::MemberReport& report, const std::string& store) {
  const auto seen = report.terms.find(store);
  return seen == report.terms.end() ? 0 : seen->second;
}

std::vector<std::string> all_daemons(const State& state) {
  std::set<std::string> daemons;
  for (const auto& [name, base] : state.bases) {
    if (!base.plan.fleet) continue;
    for (const plan::MachinePlan& machine : base.plan.machines) daemons.insert(machine.daemon);
    for (const auto& [daemon, machine] : base.leaving) daemons.insert(daemon);
  }
  return {daemons.begin(), daemons.end()};
}

/// Nobody can speak to it: it does not answer, or one of us does not trust the other (a certificate
/// that expired or was revoked). What is to go there goes when that is over: one machine must not
/// hold up what the others do.
bool is_away(const fleet::Failure& failure) {
  return failure.error.code == Errc::kUnavailable || failure.error.code == Errc::kPermissionDenied;
}

/// Why the planner places no nodes there; empty: it does. `wrong`: no answer, or trouble.
std::string takes_none_because(const std::string& wrong, const std::string& told, bool drained) {
  if (!wrong.empty()) return wrong;
  return told.empty() && drained ? "drained" : told;
}

}  // namespace

void DaemonFleets::know(const State& state) {
  fleet_.know(has_fleet(state) ? fleet::Directory(state.running()) : fleet::Directory());
}

Result<fleet::Order> DaemonFleets::next_order(const std::string& operation) {
  ASSIGN_OR_RETURN(const uint64_t generation, store_.next_generation());
  uint64_t above = 0;
  if (session_.term(store_) == 0) {
    ASSIGN_OR_RETURN(above, newest_term());
  }
  return session_.order(store_, operation, generation, above);
}

/// What machines have seen of this store, as far as they answer.
Result<uint64_t> DaemonFleets::newest_term() {
  ASSIGN_OR_RETURN(const std::string id, store_.id());
  std::vector<std::string> daemons;
  for (const auto& [name, place] : fleet_.directory()->machines()) daemons.push_back(place.daemon);
  uint64_t newest = 0;
  for (const auto& [daemon, answer] : fleet_.ask(daemons)) {
    if (answer) newest = std::max(newest, term_of(*answer, id));
  }
  return newest;
}

Result<Holdings> DaemonFleets::holdings(const State& state) const {
  if (!has_fleet(state)) return Holdings();
  Stacks stacks(state);
  if (stacks.stacked()) TRY_IN("look at base paths", stacks.look_at_paths(machine_));
  Holdings all = *remembered_.holdings_of(std::move(stacks));
  put_leases(state, read_clocks(), all);
  return all;
}

Result<std::map<std::string, plan::MachineFacts>> DaemonFleets::facts(const graph::Graph& graph,
                                                                      const State& state) {
  std::set<std::string> daemons;
  std::map<std::string, std::string> drained;  // by daemon: the machine's name
  for (const graph::Base& base : graph.bases) {
    for (const graph::Machine& machine : base.machines) {
      if (!machine.daemon.empty()) daemons.insert(machine.daemon);
    }
  }
  std::set<std::string> concerned;
  for (const graph::Internet& internet : graph.internets) {
    concerned.insert(internet.on);
    concerned.insert(internet.name);
  }
  for (const auto& [name, base] : state.bases) {
    if (!base.plan.fleet) continue;
    for (const plan::MachinePlan& machine : base.plan.machines) {
      if (machine.drained) drained.emplace(machine.daemon, machine.name);
    }
    const bool is_concerned = std::any_of(
        concerned.begin(), concerned.end(), [&, base_name = name](const std::string& one) {
          const plan::BasePlan* under = fleet_under(state, one);
          return one == base_name || (under != nullptr && under->name == base_name);
        });
    if (!is_concerned) continue;
    for (const std::string& daemon : daemons_of(base.plan)) daemons.insert(daemon);
  }
  std::map<std::string, plan::MachineFacts> facts;
  if (daemons.empty()) return facts;
  TRY(fleet_.ready());
  for (const auto& [daemon, answer] : fleet_.ask({daemons.begin(), daemons.end()})) {
    plan::MachineFacts& machine = facts[daemon];
    if (answer) machine = answer->facts;
    machine.takes_none_because =
        takes_none_because(answer ? answer->trouble : answer.error().message,
                           machine.takes_none_because, drained.contains(daemon));
  }
  return facts;
}

Status DaemonFleets::reserve(const State& before, const Options& options) {
  for (bool again = false;; again = true) {
    ASSIGN_OR_RETURN(const std::string id, random_id());
    ASSIGN_OR_RETURN(prepared_, next_order(id));
    Status reserved = fleet_.prepare(prepared_, shares_);
    if (reserved || again) return reserved;
    const auto look = this->look(before);
    std::vector<std::string> mended;
    if (!look || look->shares.empty() || !mend(*look, options, mended) || mended.empty()) {
      return reserved;
    }
    for (const std::string& name : mended) note(options, name + " was brought up to date");
  }
}

Status DaemonFleets::prepare(const State& before, const State& now, const Options& options,
                             Operation& operation) {
  ASSIGN_OR_RETURN(const Holdings then, holdings(before));
  ASSIGN_OR_RETURN(const Holdings here, holdings(now));
  shares_ = shares_between(then, here);
  if (shares_.empty()) return ok();
  if (Status reserved = reserve(before, options); !reserved) {
    shares_.clear();
    return reserved;
  }
  operation.id = prepared_.operation;
  operation.generation = prepared_.generation;
  operation.decided = true;
  return ok();
}

void DaemonFleets::abort() {
  if (!shares_.empty()) fleet_.abort(prepared_, shares_);
  shares_.clear();
}

Result<std::vector<fleet::Place>> DaemonFleets::commit(const Options& options) {
  std::vector<fleet::Place> away;
  if (shares_.empty()) return away;
  const std::vector<fleet::Share> shares = std::exchange(shares_, {});
  for (const fleet::Failure& failure :
       fleet_.commit(prepared_, shares, options_for("fleet", options, false))) {
    const auto share = std::find_if(shares.begin(), shares.end(),
                                    [&](const auto& one) { return one.place == failure.place; });
    if (!is_away(failure) || !share->puts.empty()) return fleet::at(failure.place, failure.error);
    away.push_back(failure.place);
  }
  return away;
}

Result<std::vector<fleet::Place>> DaemonFleets::carry_out(const State& before, const State& now,
                                                          const Options& options) {
  std::vector<fleet::Place> away;
  ASSIGN_OR_RETURN(const Holdings then, holdings(before));
  ASSIGN_OR_RETURN(const Holdings here, holdings(now));
  const auto shares = shares_between(then, here);
  if (shares.empty()) return away;
  ASSIGN_OR_RETURN(const fleet::Order order, next_order(""));
  for (const fleet::Failure& failure :
       fleet_.carry_out(order, shares, options_for("fleet", options, false))) {
    if (!is_away(failure)) return fleet::at(failure.place, failure.error);
    away.push_back(failure.place);
    note(options, fmt::format("{}; it is brought up to date when it can be",
                              fleet::at(failure.place, failure.error).message));
  }
  return away;
}

Result<Look> DaemonFleets::look(const State& state) {
  Look look;
  if (!has_fleet(state)) return look;
  std::map<std::string, fleet::Place> leaving;
  for (const auto& [name, base] : state.bases) {
    for (const auto& [daemon, machine] : base.leaving) {
      leaving.emplace(daemon, fleet::Place{slice::namespace_name(name, machine), daemon});
    }
  }
  const auto answers = fleet_.ask(all_daemons(state));
  ASSIGN_OR_RETURN(const Holdings all, holdings(state));
  ASSIGN_OR_RETURN(const std::string id, store_.id());
  look.lease_news = !leases_by_machines(state, answers, id, read_clocks()).empty();
  const uint64_t term = session_.term(store_);
  const auto compare = [&](const fleet::Place& place, const std::vector<Wanted>& wanted) {
    const auto answer = answers.find(place.daemon);
    if (answer == answers.end() || !answer->second) return false;
    if (!answer->second->trouble.empty()) return false;  // it only watches
    // One that has seen a newer term obeys another: to call it would be refused.
    const uint64_t seen = term_of(*answer->second, id);
    if (term == 0 || seen < term) look.unaware.push_back(place);
    fleet::Share share = share_towards(place, wanted, *answer->second, id);
    if (share.empty()) return true;
    look.shares.push_back(std::move(share));
    return false;
  };
  for (const auto& [place, wanted] : all) {
    (void)compare(place, wanted);
    // Who is in a fleet again has not left.
    if (leaving.erase(place.daemon) != 0) look.cleaned.insert(place.daemon);
  }
  for (const auto& [daemon, place] : leaving) {
    if (compare(place, {})) look.cleaned.insert(daemon);
  }
  return look;
}

Status DaemonFleets::mend(const Look& look, const Options& options,
                          std::vector<std::string>& mended) {
  const std::vector<fleet::Share>& shares = look.shares;
  if (shares.empty() && look.unaware.empty()) return ok();
  ASSIGN_OR_RETURN(const fleet::Order order, next_order(""));
  fleet_.announce(order, look.unaware);
  const auto failures = fleet_.carry_out(order, shares, options_for("fleet", options, false));
  for (const fleet::Share& share : shares) {
    const bool failed =
        std::any_of(failures.begin(), failures.end(),
                    [&](const fleet::Failure& failure) { return failure.place == share.place; });
    if (!failed) mended.push_back(share.place.machine);
  }
  for (const fleet::Failure& failure : failures) {
    if (!is_away(failure)) return fleet::at(failure.place, failure.error);
  }
  return ok();
}

Status DaemonFleets::settle_leases(State& state) {
  const Clocks now = read_clocks();
  const bool any =
      std::any_of(state.internets.begin(), state.internets.end(),
                  [&](const auto& internet) { return asks_for_lease(state, internet.first, now); });
  if (!any) return ok();
  ASSIGN_OR_RETURN(const std::string id, store_.id());
  const Changes changes =
      with_leases(state, leases_by_machines(state, fleet_.ask(all_daemons(state)), id, now));
  return changes.changes_state() ? store_.write(changes) : ok();
}

Result<std::set<std::string>> DaemonFleets::held_after_recovery(State& state) {
  std::set<std::string> names;
  if (!has_fleet(state)) return names;
  ASSIGN_OR_RETURN(const std::string id, store_.id());
  for (const auto& [daemon, answer] : fleet_.ask(all_daemons(state))) {
    if (!answer) continue;
    for (const fleet::Held& one : answer->held) {
      if (one.store == id) names.insert(one.owner);
    }
  }
  const Changes leases = with_leases(state, leases_by_calendar(state, names, read_clocks()));
  if (leases.changes_state()) TRY(store_.write(leases));
  return names;
}

void DaemonFleets::ask(const State& state) {
  (void)fleet_.ask(all_daemons(state));
}

std::vector<MachineState> DaemonFleets::machines(const State& state) const {
  std::vector<MachineState> all;
  for (const auto& [name, base] : state.bases) {
    if (!base.plan.fleet) continue;
    for (const plan::MachinePlan& machine : base.plan.machines) {
      MachineState one;
      one.base = name;
      one.name = machine.name;
      one.daemon = machine.daemon;
      one.address = machine.base_address;
      one.drained = machine.drained;
      if (const auto health = fleet_.health(machine.daemon)) {
        one.away = health->away;
        one.why = health->why;
        one.since_s = static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                                fleet::Fleet::Clock::now() - health->since)
                                                .count());
        if (health->report) {
          one.version = health->report->version;
          one.facts = health->report->facts;
          one.trouble = health->report->trouble;
          one.refused_old = health->report->refused_old;
          for (const fleet::Held& held : health->report->held) {
            if (!held.trouble.empty()) one.troubles.emplace(held.owner, held.trouble);
          }
        }
        one.facts.takes_none_because = takes_none_because(
            one.why.empty() ? one.trouble : one.why, one.facts.takes_none_because, one.drained);
        one.asked = true;
      }
      all.push_back(std::move(one));
    }
    for (const auto& [daemon, machine] : base.leaving) {
      MachineState one;
      one.base = name;
      one.name = machine;
      one.daemon = daemon;
      one.leaving = true;
      all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace vinet::control
