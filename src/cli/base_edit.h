// Base edit: the verbs that change which machines a running fleet has.
#pragma once

#include <functional>
#include <string>

#include "control/world.h"
#include "graph/graph.h"

namespace vinet::cli {

struct Context;

/// Changes the graph of one base, which may have none yet; says what is wrong, or nothing.
using BaseEdit = std::function<std::string(control::World& world, graph::Graph& graph)>;

/// Brings up what the running base of this name becomes by `edit`; without machines it goes. Says
/// all that is to be said; returns the exit code.
int edit_base(const Context& context, const std::string& verb, const std::string& base,
              const BaseEdit& edit);

/// What is wrong with a word as a name of the language, or nothing.
std::string bad_name(const std::string& name);

/// The base of this name is in the graph from now on, without machines where it was not. Says why
/// it takes none, or nothing.
std::string make_fleet(graph::Graph& graph, const std::string& base);

}  // namespace vinet::cli
