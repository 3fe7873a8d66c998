// FleetPart: the daemon as a controller of fleets: its connections to their machines, what it says
// of itself to them, and its keeper's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/keeper.h"
#include "control/session.h"
#include "control/world.h"
#include "fleet/fleet.h"

namespace vinet::cli {

class FleetPart {
 public:
  virtual ~FleetPart() = default;

  /// Connects to nobody yet. `identity_directory`: who this daemon is to machines.
  static std::unique_ptr<FleetPart> make(const std::string& identity_directory);

  virtual fleet::Fleet& fleet() = 0;
  virtual control::Session& session() = 0;
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
