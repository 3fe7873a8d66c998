// FleetPart: the daemon as a controller of fleets: its connections to their machines, what it says
// of itself to them, and its keeper's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/daemon_fleets.h"
#include "control/keeper.h"
#include "control/world.h"

namespace vinet::cli {

class FleetPart {
 public:
  virtual ~FleetPart() = default;

  /// Connects to nobody yet. `identity_directory`: who this daemon is to machines.
  static std::unique_ptr<FleetPart> make(const std::string& identity_directory);

  /// What its worlds share of it.
  virtual control::DaemonFleets::Daemon daemon() = 0;
  /// `here`, and the programs of nodes on machines of fleets, as of a second ago.
  virtual std::vector<control::RunState> with_runs(std::vector<control::RunState> here) const = 0;
  /// Tends the fleets from now on, in a thread of its own, until stop().
  virtual void start(control::OpenWorld open, std::function<bool()> may_act,
                     control::Keeper::Tell tell) = 0;
  virtual void stop() = 0;
  /// What runs may be another: look now.
  virtual void wake() = 0;
};

}  // namespace vinet::cli
