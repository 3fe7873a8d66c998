// Refusals: who was refused and why, told so that somebody can act upon it, and so that nobody can
// fill the store or the log by knocking (faults.md F-120).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace vinet::rpc {

/// Callable from any thread.
class Refusals {
 public:
  using Tell = std::function<void(const std::string& text)>;
  using Clock = std::chrono::steady_clock;
  explicit Refusals(Tell tell) : tell_(std::move(tell)) {}

  /// `address`: of the peer, `HOST:PORT`; `subject`: who it says it is. The same again within a
  /// minute is only counted, and after kMost kinds in a minute all are; the sum is told afterwards.
  void note(const std::string& address, const std::string& subject, const std::string& reason,
            Clock::time_point now = Clock::now());
  /// Tells sums that are due.
  void settle(Clock::time_point now = Clock::now());

  static constexpr size_t kMost = 20;
  static constexpr std::chrono::seconds kPause{60};

 private:
  void settle_locked(Clock::time_point now);

  const Tell tell_;
  std::mutex mutex_;
  Clock::time_point since_{};             ///< of the minute that is counted
  std::map<std::string, uint64_t> seen_;  ///< told in it, with how often since
  uint64_t others_ = 0;                   ///< not told at all
};

}  // namespace vinet::rpc
