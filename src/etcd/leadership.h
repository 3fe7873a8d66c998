// Leadership: one leader for each prefix of an etcd.
//
// Problem:   several daemons may control, one at a time; one that was paused, or cut off, must not
//            go on where another has taken over.
// Approach:  a key with the leader's endpoint, made only where it is not there, under a lease that
//            its maker keeps alive. Every write of the store has the key's making as a condition.
// Invariant: of two that both believe to lead, etcd accepts the writes of one. Whoever could not
//            keep its lease alive for as long as it lasts stops believing by its own clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "etcd/kv.h"

namespace vinet::etcd {

class Leadership {
 public:
  static constexpr std::chrono::seconds kLease{5};
  static constexpr std::chrono::seconds kPause{1};  ///< between two steps
  /// Time that goes on while the process or the computer sleeps.
  using Clock = std::function<std::chrono::milliseconds()>;

  /// `key`: of the leader; `endpoint`: what others are told about this daemon.
  Leadership(Kv& kv, std::string key, std::string endpoint, Clock clock,
             std::chrono::seconds lease = kLease);

  /// Keeps the lease alive, or tries to lead. To be called every kPause, by one thread.
  void step();
  /// Ends the lease: another may lead at once. No step may follow.
  void resign();

  /// What a write has to depend on. Errors: failed_precondition: another leads, with its endpoint;
  /// unavailable: nobody does as far as is known, with the reason.
  Result<Condition> leading() const;
  /// Did the etcd answer the last step? Errors: unavailable with what came instead.
  Status reached() const;
  /// Which time of leading it is, or was last: another number whenever another may have led since.
  uint64_t reign() const;
  /// The endpoint of who leads, if that is another; empty where that is not known now.
  std::string other() const;
  /// A write found that this is not the leader, or not any more.
  void doubt();

 private:
  using Time = std::chrono::milliseconds;
  Status keep_lease();
  Status look();
  void lead(int64_t revision);

  Kv& kv_;
  const std::string key_, endpoint_;
  const Clock clock_;
  const std::chrono::seconds lasts_;
  mutable std::mutex mutex_;
  int64_t lease_ = 0;  // 0: none; only of step() and resign()
  int64_t held_ = 0;   // revision in which our key was made; 0: not leading
  // Revisions of an etcd that lost all begin anew, so the reign is a count of our own.
  uint64_t reign_ = 0;
  std::pair<int64_t, int64_t> reigned_{};  // lease and revision of that reign
  Time sure_until_{0};
  std::string other_, trouble_;
};

}  // namespace vinet::etcd
