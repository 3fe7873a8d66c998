// LocalController, third part: what `down` removes, and how.
#include <unistd.h>

#include "control/controller.h"
#include "control/local.h"
#include "control/rollback.h"
#include "support/diagnostics.h"

namespace vinet::control {

/// Which internets and bases have to go. Errors before anything is touched.
Result<Operation> LocalController::choose(const DownRequest& request, const State& state,
                                          const Operation& recovered) {
  Operation chosen;
  chosen.kind = Operation::Kind::kDown;
  chosen.pid = ::getpid();
  std::vector<std::string> asked_bases;  // by name: go in any case
  std::vector<std::string> strangers;    // asked for, and unknown to the state
  const auto choose_internet = [&](const std::string& name) { add(chosen.internets, name); };

  for (const std::string& name : request.names) {
    if (state.internets.count(name) != 0) {
      choose_internet(name);
    } else if (state.bases.count(name) != 0) {
      add(asked_bases, name);
    } else if (!has(recovered.internets, name) && !has(recovered.bases, name)) {
      add(strangers, name);
    }
  }
  std::vector<std::string> file_strangers;
  std::vector<std::string> file_bases;
  for (const Named& file : request.files) {
    for (const std::string& name : file.internets) {
      if (state.internets.count(name) != 0) {
        choose_internet(name);
      } else {
        add(file_strangers, name);
      }
    }
    for (const std::string& name : file.bases) {
      add(file_bases, name);
      if (state.bases.count(name) == 0) {
        add(file_strangers, name);
      } else if (file.internets.empty()) {
        add(asked_bases, name);  // a file that describes only bases is about them
      }
    }
  }
  if (request.all) {
    for (const auto& [name, internet] : state.internets) {
      choose_internet(name);
    }
    for (const auto& [name, base] : state.bases) {
      add(asked_bases, name);
    }
  }
  for (const std::string& base : asked_bases) {
    std::vector<std::string> others;
    for (const std::string& internet : state.standing_on(base)) {
      if (has(chosen.internets, internet)) {
        continue;
      }
      if (request.recursive) {
        choose_internet(internet);
      } else {
        others.push_back(internet);
      }
    }
    if (!others.empty()) {
      return Error{
          Errc::kFailedPrecondition,
          fmt::format("{} is in use: on it stand {} (`vinet down --recursive {}` removes them too)",
                      base, fmt::join(others, ", "), base)};
    }
    add(chosen.bases, base);
  }
  // A base that an `up` made for its internets goes with the last of them.
  for (const auto& [name, base] : state.bases) {
    const std::vector<std::string> standing = state.standing_on(name);
    const bool was_used = std::any_of(standing.begin(), standing.end(), [&](const auto& internet) {
      return has(chosen.internets, internet);
    });
    const bool is_used = std::any_of(standing.begin(), standing.end(), [&](const auto& internet) {
      return !has(chosen.internets, internet);
    });
    if (base.made_for_internet && was_used && !is_used) {
      add(chosen.bases, name);
    }
  }
  // What the state does not know may still be in the kernel, where a state directory was lost.
  if (!strangers.empty() || !file_strangers.empty() || request.all) {
    Result<std::vector<std::string>> found = leftovers_of(state);
    if (!found) {
      return from_machine(std::move(found).error(), "look for leftovers");
    }
    for (const std::string& name : strangers) {
      if (!has(*found, name)) {
        std::vector<std::string> known = *found;
        for (const auto& [internet, intent] : state.internets) {
          known.push_back(internet);
        }
        for (const auto& [base, intent] : state.bases) {
          known.push_back(base);
        }
        const std::string near = nearest(name, known);
        return Error{Errc::kNotFound,
                     fmt::format("no base or internet called '{}' runs{}", name,
                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
      }
      choose_internet(name);
    }
    for (const std::string& name : *found) {
      if (request.all || has(file_strangers, name)) {
        choose_internet(name);
      }
    }
    // The kernel does not say whether a leftover is a base; those that a file calls one go last, by
    // being put first.
    std::stable_partition(chosen.internets.begin(), chosen.internets.end(),
                          [&](const std::string& name) { return has(file_bases, name); });
  }
  return chosen;
}

Result<std::vector<Outcome>> LocalController::down(const DownRequest& request,
                                                   const Options& options) {
  ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store_.directory(),
                                            {options.lock_wait, options.stop, options.note}));
  Result<std::vector<Outcome>> outcome = [&]() -> Result<std::vector<Outcome>> {
    Operation recovered;
    ASSIGN_OR_RETURN(State state, begin(options, recovered));
    ASSIGN_OR_RETURN(const Operation operation, choose(request, state, recovered));
    std::vector<Outcome> outcomes;
    if (operation.internets.empty() && operation.bases.empty()) {
      return outcomes;
    }
    Changes begun;
    begun.operation = operation;
    const Clocks now = read_clocks();
    for (const auto* names : {&operation.internets, &operation.bases}) {
      for (const std::string& name : *names) {
        add_event(begun, now, "down", name, "");
      }
    }
    TRY(store_.write(begun));
    Status removed =
        take_back(operation, state, store_, machine_, options_for("down", options, false));
    if (!removed) {
      return from_machine(std::move(removed).error(), "down");
    }
    for (auto name = operation.internets.rbegin(); name != operation.internets.rend(); ++name) {
      outcomes.push_back({*name, true, Outcome::What::kRemoved, {}});
    }
    for (auto name = operation.bases.rbegin(); name != operation.bases.rend(); ++name) {
      outcomes.push_back({*name, false, Outcome::What::kRemoved, {}});
    }
    return outcomes;
  }();
  end(lock);
  return outcome;
}

}  // namespace vinet::control
