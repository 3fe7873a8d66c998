// Chosen: what a word of the command line means to verbs that only look: a description, or what
// runs.
#pragma once

#include <string>
#include <variant>

#include "cli/input.h"
#include "cli/verb.h"
#include "graph/graph.h"
#include "plan/plan.h"

namespace vinet::cli {

/// What the word describes: a file's graph, or the graph of the internet (with its base) or base
/// that runs under this name. On failure everything has been said and the exit code is returned.
std::variant<graph::Graph, int> chosen_graph(const Context& context, const std::string& word,
                                             const InputOptions& options);

/// State, after complaints about what cannot be read of it.
control::State readable_state(const Context& context);

/// The plans of what runs under this name: an internet with all that it stands on, or a base with
/// all that stands on it.
std::variant<plan::Plan, int> running_plan(const control::State& state, const std::string& name);

}  // namespace vinet::cli
