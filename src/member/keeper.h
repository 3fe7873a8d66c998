// Keeper: the thread in which a machine of a fleet keeps what it holds, as control/keeper.h does
// for what a controller made here: looks paced to a fifth of a core, routes of lower nodes followed
// as they change, leases ended, programs of nodes kept running.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "control/path_keeper.h"
#include "control/supervisor.h"
#include "member/local_member.h"

namespace vinet::member {

class Keeper {
 public:
  static constexpr std::chrono::milliseconds kShortest{1000};
  static constexpr std::chrono::seconds kLongest{30};
  static constexpr std::chrono::milliseconds kTroubled{5000};  ///< at most, while it only watches
  static constexpr int kIdleShare = 4;
  static constexpr std::chrono::milliseconds kSearchPause{300};
  static constexpr std::chrono::milliseconds kRunTick{200};
  /// So long after a start, or after a time in which this process did not run, no lease ends: its
  /// controller shall have the time to renew it (faults.md F-78).
  static constexpr std::chrono::seconds kGrace{15};

  /// Takes over the programs of an earlier daemon that `launcher` finds: it shall find only those
  /// of nodes that are held. `may_act`: asked before every look.
  Keeper(LocalMember& member, control::Launcher& launcher, std::function<bool()> may_act);
  ~Keeper();

  /// Works until stop(). Call it from one thread.
  void run();
  void stop();
  /// What is held may be another: look again now.
  void wake();
  std::vector<control::RunState> runs() const;

 private:
  using Clock = std::chrono::steady_clock;
  void look();
  void watch_routes();
  std::set<std::string> take_changed_routes();
  void let_go_of_routes();

  LocalMember& member_;
  std::function<bool()> may_act_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false, wake_ = false;
  std::mutex watch_mutex_;
  std::shared_ptr<machine::Machine> watcher_;  // holds what it watches
  control::Supervisor supervisor_;
  control::PathKeeper paths_;
  Clock::time_point last_look_{}, grace_end_{};
};

}  // namespace vinet::member
