#include "control/removal.h"

#include <algorithm>

namespace vinet::control {
namespace {

/// Removes the objects of one kind, last first; the first error after having tried them all.
template <typename Map>
Status remove_each(std::vector<std::string> names, Map& known, machine::Machine& machine,
                   const machine::Options& options,
                   const std::function<Status(const std::string&)>& erase) {
  Status first = ok();
  std::reverse(names.begin(), names.end());
  for (const std::string& name : names) {
    const auto intent = known.find(name);
    const std::vector<std::string> namespaces =
        intent == known.end() ? std::vector<std::string>{} : intent->second.namespaces;
    Status removed = [&]() -> Status {
      TRY_IN("remove " + name, machine.remove(name, namespaces, options));
      return erase(name);
    }();
    if (removed) {
      known.erase(name);
    } else if (first) {
      first = std::move(removed);
    }
  }
  return first;
}

}  // namespace

Status remove_all_of(const Operation& operation, State& state, Store& store,
                     machine::Machine& machine, const machine::Options& options) {
  TRY(remove_each(operation.internets, state.internets, machine, options,
                  [&](const std::string& name) { return store.erase_internet(name); }));
  TRY(remove_each(operation.bases, state.bases, machine, options,
                  [&](const std::string& name) { return store.erase_base(name); }));
  TRY(store.erase_operation());
  state.operation.reset();
  return ok();
}

}  // namespace vinet::control
