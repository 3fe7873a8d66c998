#include "control/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "control/lease.h"

namespace vinet::control {

std::string Changes::describe() const {
  std::vector<std::string> words;
  for (const std::string& name : erased_internets) words.push_back("erase internet " + name);
  for (const std::string& name : erased_bases) words.push_back("erase base " + name);
  for (const BaseIntent& base : bases) words.push_back("base " + base.plan.name);
  for (const OldInternet& one : internets) words.push_back("internet " + one.intent.plan.name);
  if (operation) words.emplace_back("operation");
  if (ends_operation) words.emplace_back("end of operation");
  for (const Event& event : events) words.push_back("event " + event.kind);
  return fmt::format("store.write {}", fmt::join(words, ", "));
}

void change(State& state, const Changes& changes) {
  for (const std::string& name : changes.erased_internets) state.internets.erase(name);
  for (const std::string& name : changes.erased_bases) state.bases.erase(name);
  for (const BaseIntent& base : changes.bases) state.bases[base.plan.name] = base;
  for (const OldInternet& one : changes.internets) {
    state.internets[one.intent.plan.name] = one.intent;
  }
  if (changes.operation) state.operation = changes.operation;
  if (changes.ends_operation) state.operation.reset();
}

Changes all_of(const State& state) {
  Changes changes;
  for (const auto& [name, base] : state.bases) changes.bases.push_back(base);
  for (const auto& [name, internet] : state.internets) {
    changes.internets.push_back(
        {internet, state.ground_of(internet.plan).value_or(Ground{internet.plan.base, {}})});
  }
  changes.operation = state.operation;
  return changes;
}

Changes with_generation(const State& state, uint64_t generation) {
  Changes changes;
  for (const auto& [name, base] : state.bases) {
    if (base.generation == 0) continue;
    changes.bases.push_back(base);
    changes.bases.back().generation = generation;
  }
  for (const auto& [name, internet] : state.internets) {
    const std::optional<Ground> ground = state.ground_of(internet.plan);
    if (internet.generation == 0 || !ground) continue;
    changes.internets.push_back({internet, *ground});
    changes.internets.back().intent.generation = generation;
  }
  return changes;
}

uint64_t next_count(uint64_t last) {
  return std::max(last + 1, read_clocks().wall_us);
}

Status Store::count(const std::string& what) {
  ++calls_;
  return policy_ ? policy_(calls_, what) : ok();
}

Status Store::put(const BaseIntent& base) {
  Changes changes;
  changes.bases.push_back(base);
  return write(changes);
}
Status Store::put(const InternetIntent& internet, const Ground& ground) {
  Changes changes;
  changes.internets.push_back({internet, ground});
  return write(changes);
}
Status Store::put(const Operation& operation) {
  Changes changes;
  changes.operation = operation;
  return write(changes);
}
Status Store::erase_base(const std::string& name) {
  Changes changes;
  changes.erased_bases.push_back(name);
  return write(changes);
}
Status Store::erase_internet(const std::string& name) {
  Changes changes;
  changes.erased_internets.push_back(name);
  return write(changes);
}
Status Store::erase_operation() {
  Changes changes;
  changes.ends_operation = true;
  return write(changes);
}

}  // namespace vinet::control
