// Supervisor: keeps the programs of nodes (`run = "…"`) running.
//
//   starting --> running --ended--> waiting (1, 2, 4 … 30 s) --> running …
//
// Problem:   programs end, and some end at once, always.
// Approach:  one small state machine a node, moved on by tick(); the clock and the processes are
//            given from outside. A program that ran for kGood is forgiven its past.
// Invariant: at most one process a node; what is not wanted any more is ended and then forgotten.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/result.h"

namespace vinet::control {

/// How a process ended: `exit code 1`, `signal 9`, or "ended" where nobody could see it.
using ProcessEnd = std::string;

/// Starts, watches and ends processes in nodes.
class Launcher {
 public:
  virtual ~Launcher() = default;
  virtual Result<pid_t> start(const std::string& node, const std::string& command) = 0;
  /// Nothing while it runs. After an answer the pid is not asked about again.
  virtual std::optional<ProcessEnd> ended(pid_t pid) = 0;
  /// Asks it, and all that it started, to end; `force`: ends it.
  virtual void end(pid_t pid, bool force) = 0;
  /// What an earlier daemon of this root started and still runs: pid and command by node.
  virtual std::map<std::string, std::pair<pid_t, std::string>> find() = 0;
};

struct RunState {
  enum class Is { kStarting, kRunning, kFailing };
  std::string node;  ///< `fig11.A`
  std::string command;
  Is is = Is::kStarting;
  pid_t pid = 0;  ///< while it runs
  uint64_t starts = 0;
  std::string last_end;
  std::chrono::milliseconds next_try{0};  ///< from now, while it does not run
};
std::string to_string(RunState::Is is);

class Supervisor {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kFirstPause{1};
  static constexpr std::chrono::seconds kLongestPause{30};
  static constexpr std::chrono::seconds kGood{10};  ///< so long it must run to count as well
  static constexpr std::chrono::seconds kGrace{5};  ///< between asking to end and ending

  /// Told of every start and end: node, kind (`run-started`, `run-ended`), text.
  using Tell = std::function<void(const std::string&, const std::string&, const std::string&)>;

  Supervisor(Launcher& launcher, Tell tell) : launcher_(launcher), tell_(std::move(tell)) {}

  /// Takes over what an earlier daemon started.
  void adopt(Clock::time_point now);
  /// Commands by node. What is not in it is ended.
  void want(const std::map<std::string, std::string>& commands, Clock::time_point now);
  /// Looks at every process, and starts what is due.
  void tick(Clock::time_point now);
  std::vector<RunState> states(Clock::time_point now) const;

 private:
  struct Run {
    std::string command;
    bool wanted = true;
    pid_t pid = 0;
    uint64_t starts = 0;
    uint64_t failures = 0;  // in a row
    std::string last_end;
    Clock::time_point since{};     // of the start; of the end while it does not run
    Clock::time_point next_try{};  // while it does not run
    std::optional<Clock::time_point> asked_to_end;
  };
  void watch(const std::string& node, Run& run, Clock::time_point now);
  void start(const std::string& node, Run& run, Clock::time_point now);
  void stop(Run& run, Clock::time_point now);
  static void fail(Run& run, std::string end, Clock::time_point now);

  Launcher& launcher_;
  Tell tell_;
  std::map<std::string, Run> runs_;
};

}  // namespace vinet::control
