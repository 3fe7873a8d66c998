// FleetKeeper: what the daemon of a controller does by itself about machines of fleets: asks each
// how it is, brings up to date what was away, and says who went and who came back. While another
// daemon controls it only learns what runs. Apart from the Keeper, so that a machine that does not
// answer holds up no repair on this computer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "control/keeper.h"
#include "control/world.h"

namespace vinet::control {

class FleetKeeper {
 public:
  static constexpr std::chrono::milliseconds kPause{1500};

  /// `may_act`: as the Keeper's.
  FleetKeeper(OpenWorld open, std::function<bool()> may_act, Keeper::Tell tell)
      : open_(std::move(open)), may_act_(std::move(may_act)), tell_(std::move(tell)) {}

  /// Works until stop(). Call it from one thread.
  void run();
  void stop();
  /// Look again now.
  void wake();

 private:
  void look(World& world);
  void tell_of_machines(Controller& controller);

  OpenWorld open_;
  std::function<bool()> may_act_;
  Keeper::Tell tell_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false, wake_ = false;
  std::map<std::string, bool> away_;                                    // by machine, as last told
  std::map<std::string, std::map<std::string, std::string>> troubles_;  // likewise, by owner
  std::string trouble_;                                                 // likewise
};

}  // namespace vinet::control
