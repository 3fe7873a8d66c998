#include "control/fleet_leases.h"

#include <algorithm>
#include <optional>
#include <set>

#include "control/holdings.h"
#include "slice/marks.h"

namespace vinet::control {
namespace {

/// What machines with a part in one internet say of it.
struct Said {
  std::optional<uint64_t> of_this;  ///< the longest time left, of it as the state has it now
  std::optional<uint64_t> of_any;   ///< likewise, also of it as it was before
  bool gone = false;                ///< one knows this controller, and holds nothing of it
};

Said said_of(const InternetIntent& intent, const std::set<std::string>& daemons,
             const Answers& answers, const std::string& store) {
  Said said;
  const auto longer = [](std::optional<uint64_t>& longest, uint64_t left_s) {
    longest = std::max(longest.value_or(0), left_s);
  };
  for (const std::string& daemon : daemons) {
    const auto answer = answers.find(daemon);
    if (answer == answers.end() || !answer->second || !answer->second->trouble.empty()) continue;
    const fleet::MemberReport& report = *answer->second;
    const auto held =
        std::find_if(report.held.begin(), report.held.end(), [&](const fleet::Held& one) {
          return one.owner == intent.plan.name && one.store == store;
        });
    if (held == report.held.end()) {
      said.gone = said.gone || report.terms.contains(store);
    } else if (held->lease_left_s) {
      longer(said.of_any, *held->lease_left_s);
      if (held->generation >= intent.generation) longer(said.of_this, *held->lease_left_s);
    }
  }
  return said;
}

/// What the operation that has not ended makes of it.
enum class Part { kNone, kBegins, kGoesOn };  // its lease

Part part_in(const std::optional<Operation>& operation, const InternetIntent& intent) {
  if (!operation || operation->kind != Operation::Kind::kUp) return Part::kNone;
  const std::string& name = intent.plan.name;
  const auto& made = operation->internets;
  if (std::find(made.begin(), made.end(), name) != made.end()) return Part::kBegins;
  for (const OldInternet& old : operation->old_internets) {
    if (old.intent.plan.name != name) continue;
    return old.intent.plan.lease_s == intent.plan.lease_s ? Part::kGoesOn : Part::kBegins;
  }
  return Part::kNone;
}

}  // namespace

bool asks_for_lease(const State& state, const std::string& internet, const Clocks& now) {
  const auto found = state.internets.find(internet);
  return found != state.internets.end() && found->second.lease_end &&
         found->second.lease_end->boot != now.boot && fleet_under(state, internet) != nullptr;
}

std::map<std::string, LeaseEnd> leases_by_machines(const State& state, const Answers& answers,
                                                   const std::string& store, const Clocks& now) {
  std::map<std::string, LeaseEnd> leases;
  std::optional<fleet::Directory> directory;
  for (const auto& [name, intent] : state.internets) {
    if (!asks_for_lease(state, name, now)) continue;
    if (!directory) directory.emplace(state.running());
    std::set<std::string> daemons;
    for (const plan::NodePlan& node : intent.plan.nodes) {
      const fleet::Place* place = directory->find(slice::namespace_name(name, node.name));
      if (place != nullptr) daemons.insert(place->daemon);
    }
    const Said said = said_of(intent, daemons, answers, store);
    const Part part = part_in(state.operation, intent);
    std::optional<uint64_t> left_s = said.of_this;
    if (!left_s && part != Part::kBegins) left_s = said.of_any;
    if (!left_s && part != Part::kNone) left_s = intent.plan.lease_s;
    if (!left_s && said.gone) left_s = 0;
    if (left_s) leases.emplace(name, lease_end(now, *left_s));
  }
  return leases;
}

std::map<std::string, LeaseEnd> leases_by_calendar(const State& state,
                                                   const std::set<std::string>& held,
                                                   const Clocks& now) {
  std::map<std::string, LeaseEnd> leases;
  for (const auto& [name, intent] : state.internets) {
    if (held.contains(name) || !asks_for_lease(state, name, now)) continue;
    leases.emplace(name, lease_end(now, remaining_s(*intent.lease_end, now)));
  }
  return leases;
}

Changes with_leases(State& state, const std::map<std::string, LeaseEnd>& leases) {
  Changes changes;
  for (const auto& [name, end] : leases) {
    InternetIntent& intent = state.internets.at(name);
    intent.lease_end = end;
    changes.internets.push_back({intent, state.ground_of(intent.plan).value_or(Ground{})});
  }
  return changes;
}

}  // namespace vinet::control
