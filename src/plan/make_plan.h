// The planner: a pure function from a description, the world around it and the previous plan to
// every decision.
#pragma once

#include <optional>

#include "graph/graph.h"
#include "plan/inventory.h"
#include "plan/plan.h"
#include "support/diagnostics.h"

namespace vinet::plan {

struct PlanOptions {
  /// What was planned before, whose addresses and placement stay as far as the description allows.
  /// Default: what runs.
  std::optional<Plan> previous;
};

/// Plans all bases and internets of a file, in its order, but lower internets before upper ones.
/// Out:    the plan of what the file describes, and of what its internets stand on and that only
///         runs: bases and internets, as they run; nothing if there were errors. Internets that
///         only run and stand on one that changes are in it too, carried along (carry.h). A base
///         that already runs is taken over as it is; one that differs is planned anew, and keeps
///         what it still has. The same inputs give the same plan; an internet that runs keeps the
///         addresses, names and places of all that the file still describes.
/// Errors: as diagnostics, as many as can be found: a base that differs from the running one while
///         internets that are not in the file stand on it; an internet that differs while such do
///         that would not fit any more; an internet on itself; names taken, unknown machines,
///         clashes, pools and blocks run dry, MTUs that do not fit, what this kernel or version
///         cannot do.
std::optional<Plan> make_plan(const graph::Graph& graph, const Inventory& inventory,
                              const PlanOptions& options, Diagnostics& diagnostics);

}  // namespace vinet::plan
