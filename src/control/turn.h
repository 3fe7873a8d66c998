// Turn: one command's time with the state: it has the lock, and when it ends, nothing is left on
// disk where nothing is left to remember.
#pragma once

#include <utility>

#include "control/controller.h"
#include "control/lock.h"
#include "control/store.h"
#include "support/result.h"

namespace vinet::control {

class Turn {
 public:
  /// Waits for the lock. Errors: as Lock::acquire.
  static Result<Turn> take(Store& store, const Options& options) {
    ASSIGN_OR_RETURN(Lock lock, Lock::acquire(store.directory(),
                                              {options.lock_wait, options.stop, options.note}));
    return Turn(store, std::move(lock));
  }
  /// Likewise for who comes again soon, and tells nobody. Errors: unavailable where somebody else
  /// has the lock for so long.
  static Result<Turn> take_quietly(Store& store, const Options& options) {
    auto lock = Lock::acquire(store.directory(), {options.lock_wait, options.stop, {}});
    if (lock) return Turn(store, *std::move(lock));
    Error error = std::move(lock).error();
    if (error.code == Errc::kFailedPrecondition) error.code = Errc::kUnavailable;
    return error;
  }

  Turn(Turn&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)), lock_(std::move(other.lock_)) {}
  Turn& operator=(Turn&&) = delete;
  /// What could not be removed stays; the next command tries again.
  ~Turn() {
    if (store_ != nullptr && store_->tidy() && store_->empty()) lock_.remove_on_release();
  }

 private:
  Turn(Store& store, Lock lock) : store_(&store), lock_(std::move(lock)) {}

  Store* store_;
  Lock lock_;
};

}  // namespace vinet::control
