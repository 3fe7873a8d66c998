// From a description and what runs to what shall be there. Nothing is touched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/state.h"
#include "graph/graph.h"
#include "plan/inventory.h"
#include "support/diagnostics.h"
#include "support/result.h"

namespace vinet::control {

struct IntendedBase {
  BaseIntent intent;
  bool runs = false;              ///< already
  std::optional<BaseIntent> old;  ///< what runs, where it is to be changed
};
struct IntendedInternet {
  InternetIntent intent;
  bool runs = false;
  std::optional<OldInternet> old;  ///< what runs, where its description or its base is another

  /// Is another plan to be realised?
  bool changes() const { return old && old->intent.plan != intent.plan; }
};

/// What a description asks for: the bases of the file and those that its internets stand on, then
/// its internets in the order of the file, each after the one that it stands on, which may only
/// run. Those that only run, stand on a changed one and change with it (carry.h) come last.
struct Intention {
  std::vector<IntendedBase> bases;
  std::vector<IntendedInternet> internets;

  /// The plans of all of it; of an Intention that is given up, without a copy.
  bool holds(const std::string& name) const;
  plan::Plan plan() const&;
  plan::Plan plan() &&;
  /// What runs of it now.
  plan::Plan running() const;
};

/// The running bases as descriptions: what a file that says `on lab` without declaring it is
/// expanded with.
std::vector<graph::Base> bases_as_graph(const State& state);

/// Plans what does not run yet and what runs from another description, and takes the rest as it
/// runs. What is to be changed keeps the addresses, names and places of all that is still
/// described.
/// In:     `inventory.running` is not looked at; `state` says what runs.
/// Errors: invalid_argument with the reasons in `diagnostics`; failed_precondition for a changed
///         base on which internets stand that the description does not have; already_exists for a
///         name that is both a base and an internet.
Result<Intention> intend(const graph::Graph& graph, const State& state, plan::Inventory inventory,
                         Diagnostics& diagnostics);

}  // namespace vinet::control
