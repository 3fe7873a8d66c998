#include "control/fleets.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/local.h"
#include "slice/marks.h"

namespace vinet::control {
namespace {

std::vector<std::string> daemons_of(const plan::BasePlan& base) {
  std::vector<std::string> daemons;
  for (const plan::MachinePlan& machine : base.machines) daemons.push_back(machine.daemon);
  return daemons;
}

/// In the order of the machines, upper layers first where both are removed.
std::string names_of(const std::vector<fleet::Failure>& failures) {
  std::vector<std::string> names;
  for (const fleet::Failure& failure : failures) names.push_back(failure.place.machine);
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_away(const fleet::Failure& failure) {
  return failure.error.code == Errc::kUnavailable;
}

}  // namespace

void Fleets::know(const State& state) {
  fleet_.know(has_fleet(state) ? fleet::Directory(state.running()) : fleet::Directory());
}

Result<fleet::Order> Fleets::next_order(const std::string& operation) {
  ASSIGN_OR_RETURN(const uint64_t generation, store_.next_generation());
  return session_.order(store_, operation, generation);
}

Result<Holdings> Fleets::holdings(const State& state) const {
  if (!has_fleet(state)) return Holdings();
  Stacks stacks(state.running());
  if (stacks.stacked()) TRY_IN("look at base paths", stacks.look_at_paths(machine_));
  return holdings_of(state, stacks, read_clocks());
}

std::map<std::string, plan::MachineFacts> Fleets::facts(const graph::Graph& graph,
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
  for (const auto& [daemon, answer] : fleet_.ask({daemons.begin(), daemons.end()})) {
    plan::MachineFacts& machine = facts[daemon];
    if (answer) {
      machine = answer->facts;
      if (!answer->trouble.empty()) machine.takes_none_because = answer->trouble;
    } else {
      machine.takes_none_because = answer.error().message;
    }
    if (drained.contains(daemon) && machine.takes_none_because.empty()) {
      machine.takes_none_because = "drained";
    }
  }
  return facts;
}

Status Fleets::prepare(const State& before, const State& now, Operation& operation) {
  ASSIGN_OR_RETURN(const Holdings then, holdings(before));
  ASSIGN_OR_RETURN(const Holdings here, holdings(now));
  shares_ = shares_between(then, here);
  if (shares_.empty()) return ok();
  ASSIGN_OR_RETURN(const std::string id, random_id());
  ASSIGN_OR_RETURN(prepared_, next_order(id));
  const Status reserved = fleet_.prepare(prepared_, shares_);
  if (!reserved) {
    shares_.clear();
    return reserved;
  }
  operation.id = prepared_.operation;
  operation.generation = prepared_.generation;
  operation.decided = true;
  return ok();
}

void Fleets::abort() {
  if (!shares_.empty()) fleet_.abort(prepared_, shares_);
  shares_.clear();
}

Status Fleets::commit(const Options& options) {
  if (shares_.empty()) return ok();
  const auto failures = fleet_.commit(prepared_, shares_, options_for("fleet", options, false));
  shares_.clear();
  if (failures.empty()) return ok();
  return fleet::at(failures.front().place, failures.front().error);
}

Status Fleets::carry_out(const State& before, const State& now, const Options& options) {
  ASSIGN_OR_RETURN(const Holdings then, holdings(before));
  ASSIGN_OR_RETURN(const Holdings here, holdings(now));
  const auto shares = shares_between(then, here);
  if (shares.empty()) return ok();
  ASSIGN_OR_RETURN(const fleet::Order order, next_order(""));
  std::vector<fleet::Failure> failures =
      fleet_.carry_out(order, shares, options_for("fleet", options, false));
  std::vector<fleet::Failure> away;
  std::copy_if(failures.begin(), failures.end(), std::back_inserter(away), is_away);
  if (!away.empty()) {
    note(options,
         fmt::format("{} {} not answer: brought up to date when {} again", names_of(away),
                     away.size() == 1 ? "does" : "do", away.size() == 1 ? "it does" : "they do"));
  }
  std::erase_if(failures, is_away);
  if (failures.empty()) return ok();
  return fleet::at(failures.front().place, failures.front().error);
}

Result<std::vector<fleet::Share>> Fleets::look(const State& state) {
  std::vector<fleet::Share> shares;
  if (!has_fleet(state)) return shares;
  std::set<std::string> daemons;
  for (const auto& [name, base] : state.bases) {
    if (!base.plan.fleet) continue;
    for (const std::string& daemon : daemons_of(base.plan)) daemons.insert(daemon);
  }
  const auto answers = fleet_.ask({daemons.begin(), daemons.end()});
  ASSIGN_OR_RETURN(const Holdings all, holdings(state));
  ASSIGN_OR_RETURN(const std::string id, store_.id());
  for (const auto& [place, wanted] : all) {
    const auto answer = answers.find(place.daemon);
    if (answer == answers.end() || !answer->second) continue;
    if (!answer->second->trouble.empty()) continue;  // it only watches
    fleet::Share share = share_towards(place, wanted, *answer->second, id);
    if (!share.empty()) shares.push_back(std::move(share));
  }
  return shares;
}

Status Fleets::mend(const std::vector<fleet::Share>& shares, const Options& options,
                    std::vector<std::string>& mended) {
  if (shares.empty()) return ok();
  ASSIGN_OR_RETURN(const fleet::Order order, next_order(""));
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

std::vector<MachineState> Fleets::machines(const State& state) const {
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
          one.attributes = health->report->facts.attributes;
          one.trouble = health->report->trouble;
          one.refused_old = health->report->refused_old;
        }
        one.asked = true;
      }
      all.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace vinet::control
