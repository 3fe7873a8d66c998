// Keeper: what the daemon does by itself. It keeps what runs as it shall be: repairs what somebody
// removed by hand, ends what has outlived its lease, and keeps the programs of nodes running.
//
// Problem:   removed things must be back within 2 s, without a busy loop where much runs.
// Approach:  level-triggered: look, compare, act, pause. The pause is kShortest, or kIdleShare
//            times as long as the look took, so that looking takes at most a fifth of one core.
//            What stands on nodes follows their routes, and a change of these is no matter of
//            looks: the kernel tells of it, and only what is concerned is looked at, at once.
// Invariant: it acts only under the state's lock and only towards what the state says; what cannot
//            be read is watched, never removed.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "control/path_keeper.h"
#include "control/supervisor.h"
#include "control/world.h"

namespace vinet::control {

class Keeper {
 public:
  static constexpr std::chrono::milliseconds kShortest{1000};
  static constexpr std::chrono::seconds kLongest{30};
  static constexpr int kIdleShare = 4;
  /// Instead of kShortest, while the size of a path is searched for.
  static constexpr std::chrono::milliseconds kSearchPause{300};
  static constexpr std::chrono::milliseconds kRunTick{200};

  /// Kind, object, text: told of what it did.
  using Tell =
      std::function<void(const std::string& kind, const std::string& object, const std::string&)>;

  /// Takes over the programs that an earlier daemon started.
  /// `may_act`: asked before every look; while it says no, nothing is looked at and nothing done.
  Keeper(OpenWorld open, Launcher& launcher, std::function<bool()> may_act, Tell tell);

  /// Works until stop(). Call it from one thread.
  void run();
  void stop();
  /// What runs may be another: look again now.
  void wake();
  /// While somebody else has work to do it looks at nothing, so that nobody waits for it; a look
  /// that has begun ends. As many calls of `resume` as of `give_way`.
  void give_way();
  void resume() { --others_at_work_; }

  std::vector<RunState> runs() const;
  /// Why it only watches; empty: all is well.
  std::string trouble() const;

 private:
  using Clock = std::chrono::steady_clock;
  void keep(World& world);
  void end_leases(World& world, const State& state);
  /// What is asked of the watch; nothing while somebody else is at work.
  void watch_routes(const State& state);
  std::set<std::string> take_changed_routes();
  /// False where it could not be done now.
  bool follow_routes(World& world, const std::set<std::string>& changed);
  void repair(World& world);
  void want_runs(const State& state);
  void say_once(const std::string& kind, const std::string& object, const std::string& text);

  OpenWorld open_;
  std::function<bool()> may_act_;
  Tell tell_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false, wake_ = false;
  std::atomic<size_t> others_at_work_ = 0;
  std::mutex watch_mutex_;  // of the watcher, and of nothing else
  std::unique_ptr<World>
      watcher_;  // outlives the looks: what it watches must not be let go between
  Supervisor supervisor_;
  PathKeeper paths_;
  std::string trouble_;
  std::map<std::string, std::string> said_;  // by object: the last trouble told
};

}  // namespace vinet::control
