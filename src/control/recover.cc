// LocalController: what runs without a state that knows it, and the way back from a lost one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "control/copy.h"
#include "control/fleets.h"
#include "control/local.h"
#include "control/turn.h"

namespace vinet::control {

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

Result<std::vector<std::string>> LocalController::leftovers() {
  std::vector<std::string> damaged;
  return leftovers_of(store_.load_readable(damaged));
}

Result<std::vector<std::string>> LocalController::leftovers_of(const State& state) {
  ASSIGN_OR_RETURN(std::vector<std::string> owners, machine_.list_owners());
  if (!owners.empty()) {
    ASSIGN_OR_RETURN(const std::set<std::string> held, held_());
    std::erase_if(owners, [&](const std::string& owner) { return held.contains(owner); });
  }
  owners.erase(std::remove_if(owners.begin(), owners.end(),
                              [&](const std::string& owner) {
                                return state.bases.count(owner) != 0 ||
                                       state.internets.count(owner) != 0;
                              }),
               owners.end());
  return owners;
}

Result<std::vector<std::string>> LocalController::recover(const std::string& file,
                                                          const Options& options) {
  ASSIGN_OR_RETURN(const Turn turn, Turn::take(store_, options));
  if (store_.is_shared() && !file.empty()) {
    ASSIGN_OR_RETURN(const Copy copy, read_copy(file, store_.directory() + "/looked-at.db"));
    TRY_IN("take the state from " + file, refuse_labs(copy.state));
  }
  fleets_.forget();
  Result<std::vector<std::string>> done =
      file.empty() ? store_.restore() : store_.restore_from(file);
  if (file.empty() && !done && done.error().code == Errc::kNotFound) {
    const auto found = leftovers_of(State{});
    if (!found || found->empty()) {
      return std::vector<std::string>{"nothing to recover: no state, and nothing runs"};
    }
    done.error().code = Errc::kFailedPrecondition;
    done.error().message += fmt::format(
        "; what runs without a state: {} (`vinet down NAME` removes it)", fmt::join(*found, ", "));
  }
  if (!done) {
    return std::move(done).error();
  }
  ASSIGN_OR_RETURN(State state, store_.load());
  if (done->empty()) {
    done->push_back(store_.file() + ": sound");
  }
  Result<std::vector<std::string>> owners = machine_.list_owners();
  if (!owners) {
    return from_machine(std::move(owners).error(), "look for what runs");
  }
  if (const auto held = held_()) {
    std::erase_if(*owners, [&](const std::string& name) { return held->contains(name); });
  }
  ASSIGN_OR_RETURN(std::set<std::string> on_machines, fleets_.held_after_recovery(state));
  const auto compare = [&](const std::string& name) {
    const bool runs = on_machines.erase(name) != 0 || has(*owners, name);
    done->push_back(name +
                    (runs ? ": known again" : ": known, but not there; `vinet up` makes it"));
    std::erase(*owners, name);
  };
  for (const auto& [name, base] : state.bases) compare(name);
  for (const std::string& name : state.in_layers()) compare(name);
  for (const std::string& name : *owners) {
    done->push_back(name + ": runs, and is not in the copy; `vinet down " + name + "` removes it");
  }
  for (const std::string& name : on_machines) {
    done->push_back(name + ": held by machines, and is not in the copy; it is removed there");
  }
  return done;
}

}  // namespace vinet::control
