#include "cli/health.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "cli/verb.h"
#include "control/stacks.h"
#include "slice/diff.h"
#include "slice/lower.h"
#include "slice/marks.h"

namespace vinet::cli {

std::vector<slice::Slice> wanted(const control::State& state, const std::string& owner) {
  if (const auto base = state.bases.find(owner); base != state.bases.end()) {
    return slice::lower(base->second.plan);
  }
  return control::Stacks(state).slices_of(owner);
}

namespace {

/// By which way an upper link goes is for the nodes below to say, and for the machine to follow.
void take_ways(const slice::Slice& observed, slice::Slice& wanted) {
  std::map<std::string, const slice::LinkEnd*> by_backside;
  for (const slice::LinkEnd& end : observed.link_ends) by_backside[end.backside] = &end;
  for (slice::LinkEnd& end : wanted.link_ends) {
    const auto other = by_backside.find(end.backside);
    const bool follows = !end.on.empty() && end.on != wanted.machine && !end.local;
    if (!follows || other == by_backside.end()) continue;
    end.way = other->second->way;
    end.whole_bytes = other->second->whole_bytes;
  }
}

}  // namespace

std::set<std::string> unseen_machines(const control::State& state,
                                      control::Controller& controller) {
  std::set<std::string> machines;
  for (const auto& [name, base] : state.bases) {
    if (!base.plan.fleet) continue;
    for (const plan::MachinePlan& machine : base.plan.machines) {
      machines.insert(slice::namespace_name(name, machine.name));
    }
  }
  if (machines.empty()) return machines;
  if (const auto all = controller.machines()) {
    for (const control::MachineState& machine : *all) {
      const bool answered = machine.asked && machine.why.empty();
      if (answered) machines.erase(slice::namespace_name(machine.base, machine.name));
    }
  }
  return machines;
}

Result<std::map<std::string, Health>> look_at_health(const control::State& state,
                                                     const std::vector<std::string>& owners,
                                                     control::World& world) {
  machine::Machine& machine = world.machine();
  using Key = std::pair<std::string, std::string>;             // owner, machine
  std::map<Key, std::pair<slice::Slice, slice::Slice>> pairs;  // what should be, what is
  const auto blank = [](const slice::Slice& like) {
    slice::Slice slice;
    slice.owner = like.owner;
    slice.machine = like.machine;
    slice.base_address = like.base_address;
    return slice;
  };
  control::Stacks stacks(state);
  TRY_IN("look at base paths", stacks.look_at_paths(machine));
  for (const std::string& owner : owners) {
    const auto base = state.bases.find(owner);
    for (slice::Slice& slice :
         base != state.bases.end() ? slice::lower(base->second.plan) : stacks.slices_of(owner)) {
      const Key key{slice.owner, slice.machine};
      slice::Slice nothing = blank(slice);
      pairs.emplace(key, std::make_pair(std::move(slice), std::move(nothing)));
    }
  }
  ASSIGN_OR_RETURN(std::vector<slice::Slice> observed, machine.observe(owners));
  for (slice::Slice& slice : observed) {
    const auto [entry, added] =
        pairs.try_emplace({slice.owner, slice.machine}, blank(slice), slice::Slice{});
    take_ways(slice, entry->second.first);
    entry->second.second = std::move(slice);
  }
  const std::set<std::string> unseen = unseen_machines(state, world.controller());
  std::map<std::string, Health> result;
  for (const std::string& owner : owners) result[owner];
  for (const auto& [key, pair] : pairs) {
    Health& health = result[key.first];
    if (unseen.contains(key.second)) {
      health.unseen.insert(key.second);
    } else {
      health.differing += slice::diff(pair.first, pair.second).count();
    }
  }
  return result;
}

std::string condition(const std::string& phase, const Health& health) {
  if (phase != "up") return phase;
  const std::string is =
      health.differing == 0 ? phase
                            : fmt::format("damaged ({} differ)", count(health.differing, "object"));
  if (health.unseen.empty()) return is;
  return fmt::format("{}, not seen on {}", is, fmt::join(health.unseen, ", "));
}

}  // namespace vinet::cli
