// Launcher: starts the programs of nodes (`run = "…"`) for the daemon's supervisor.
//
//   daemon --spawn--> vinet exec NODE -- sh -c "…"  which becomes the program: same pid, own
//   session
//
// What a daemon started outlives it. The next one finds it by its environment: VINET_RUN says which
// root, node and command it is.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/supervisor.h"

namespace vinet::cli {

/// In the environment of `vinet exec`: its program gets SIGHUP when its parent ends.
constexpr char kEndsWithParent[] = "VINET_ENDS_WITH_PARENT";

/// `mine`: of what an earlier daemon started, only programs of these nodes are found; empty: all.
std::unique_ptr<control::Launcher> make_launcher(
    const std::string& root, std::function<bool(const std::string& node)> mine = {});

}  // namespace vinet::cli
