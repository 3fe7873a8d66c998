// Stacks: all plans that run or shall run together, and what the slices of each internet are among
// them. The slices of an internet are no matter of its own plan alone: its headers are those of all
// layers below it, its nodes are guarded against those that stand on them, and its MTUs follow what
// the base carries just now.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/state.h"
#include "machine/machine.h"
#include "slice/path_mtu.h"
#include "slice/slice.h"

namespace vinet::control {

class Stacks {
 public:
  explicit Stacks(const State& state);

  const plan::Plan& world() const { return world_; }
  /// Does an internet stand on another?
  bool stacked() const;
  /// Asks what base paths carry, so that slices from now on have MTUs as they are in force.
  /// (machine::apply does that too, but for the first layer only.)
  /// Cost: one look at a map for each machine.
  Status look_at_paths(machine::Machine& machine);
  /// None if there is no such internet, or what it stands on is unknown.
  std::vector<slice::Slice> slices_of(const std::string& internet) const;
  /// Whose the nodes of an internet are; empty: the operator's.
  std::string tenant_of(const std::string& internet) const;
  /// Equal stacks have equal slices.
  friend bool operator==(const Stacks&, const Stacks&) = default;

 private:
  plan::Plan world_;
  std::map<std::string, std::string> tenants_;  // by internet: whose the nodes are
  slice::PathsInForce paths_;
  slice::Carried carried_;
};

/// Of an internet's slices: their nodes are in the tenant's user namespace (faults.md F-125).
void give_nodes(std::vector<slice::Slice>& slices, const std::string& tenant);

/// Namespaces of the nodes whose routes links above follow: nodes that flattened internets stand
/// on (plan/stack.h). Those that are not flattened go over the nodes themselves.
std::set<std::string> followed_nodes(const State& state);

/// By internet, the namespaces of the nodes whose links follow the routes of these nodes, directly
/// or through all flattened layers between.
std::map<std::string, std::set<std::string>> following(const State& state,
                                                       const std::set<std::string>& nodes);

/// Names of the internets that an operation neither makes nor removes nor changes, and whose slices
/// may be others by it: those below and above, and those on the bases that it changes. Lower before
/// upper. `state`: before it or after it.
std::vector<std::string> beside(const Operation& operation, const State& state);

/// The state as it is once the operation is undone, or done if it is a `down`.
State state_without(const Operation& operation, State state);

}  // namespace vinet::control
