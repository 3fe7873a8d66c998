// Names: `fig11`, `lab`, `fig11.A`, `fig11.A-B`, `lab.X` to what runs under them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/state.h"
#include "support/result.h"

namespace vinet::cli {

/// What a name stands for. Pointers into the State that was asked.
struct Object {
  enum class Kind { kBase, kMachine, kBaseLink, kInternet, kNode, kLink };
  Kind kind = Kind::kBase;
  const plan::BasePlan* base = nullptr;          ///< always: the internet's, where it is one
  const plan::InternetPlan* internet = nullptr;  ///< of an internet, node or link
  size_t index = 0;                              ///< of the machine, base link, node or link
};

std::string to_string(Object::Kind kind);
std::string name_of(const Object& object);  ///< in full: `fig11.A`

/// All that runs: bases with machines and links, then internets with nodes and links, each in the
/// plan's order.
std::vector<Object> objects_in(const control::State& state);

/// The object of that name.
/// Errors: not_found, with the nearest name that there is.
Result<Object> find_object(const control::State& state, const std::string& name);

/// The same for a node; another kind of object is not_found ("lab is a base, not a node").
Result<Object> find_node(const control::State& state, const std::string& name);

/// The node of the internet that has the address as identity or on an interface.
const plan::NodePlan* node_with(const plan::InternetPlan& internet, const net::IpAddress& address);

}  // namespace vinet::cli
