// Planning without doing: what `plan` and `check` have in common.
#pragma once

#include <string>
#include <variant>

#include "cli/input.h"
#include "cli/verb.h"
#include "control/intend.h"

namespace CLI {
class App;
}

namespace vinet::cli {

/// Where the knowledge of the world comes from. The computer's own addresses and routes are part of
/// the input, and so is what runs; a test gives both by hand.
struct PlanningOptions {
  InputOptions input;
  std::string inventory_file;  ///< JSON; empty: this computer
  bool no_inventory = false;   ///< a computer without addresses, on which nothing runs
};

void add_planning_options(CLI::App& command, PlanningOptions& options);

/// Reads, expands and plans one file; on failure everything has been said and the exit code is
/// returned. Needs no root: what cannot be read of this computer is taken as absent. What runs from
/// another description is planned anew, and said.
std::variant<control::Intention, int> plan_file(const Context& context, const std::string& path,
                                                const PlanningOptions& options);

}  // namespace vinet::cli
