// From a description and what runs to what shall be there. Nothing is touched.
#pragma once

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
  bool runs = false;  ///< already, from the same description
};
struct IntendedInternet {
  InternetIntent intent;
  bool runs = false;
};

/// What a description asks for: the bases of the file and those that its internets stand on, then
/// its internets in the order of the file.
struct Intention {
  std::vector<IntendedBase> bases;
  std::vector<IntendedInternet> internets;

  /// The plans of all of it.
  plan::Plan plan() const;
};

/// The running bases as descriptions: what a file that says `on lab` without declaring it is
/// expanded with.
std::vector<graph::Base> bases_as_graph(const State& state);

/// What to do with something that runs from another description.
enum class Changed {
  kRefuse,  ///< an error that says so
  kReplan,  ///< plan as if it did not run, nor what stands on it: a question, not a deed
};

/// Plans what does not run yet, and takes the rest as it runs.
/// In:     `inventory.running` is not looked at; `state` says what runs.
/// Errors: invalid_argument with the reasons in `diagnostics`; failed_precondition for a changed
/// description of
///         something that runs; already_exists for a name that is both a base and an internet.
Result<Intention> intend(const graph::Graph& graph, State state, plan::Inventory inventory,
                         Changed changed, Diagnostics& diagnostics);

}  // namespace vinet::control
