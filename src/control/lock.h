// Lock: at most one command changes what runs under one root.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::control {

/// The exclusive lock of a state directory (flock of DIR/lock, which names its holder's pid). The
/// kernel gives it back when the process ends, however it ends.
class Lock {
 public:
  struct Wait {
    std::chrono::milliseconds at_most{60'000};
    std::function<bool()> stop;  ///< polled while waiting
    std::function<void(const std::string&)>
        note;  ///< told once, with the pid, when the wait is not short
  };

  /// Makes the directory if need be, and waits for the lock.
  /// Errors: failed_precondition naming the pid that holds it; cancelled by `stop`;
  /// permission_denied.
  static Result<Lock> acquire(const std::string& directory, const Wait& wait,
                              const std::string& name = "lock");

  /// Who holds the lock now: its pid, or nothing.
  static std::optional<int> holder(const std::string& directory);

  Lock(Lock&&) noexcept = default;
  Lock& operator=(Lock&&) = delete;
  ~Lock();

  /// Is its file still where it was? If not, somebody removed the directory, and the lock excludes
  /// nobody any more.
  bool is_named() const;

  /// From now on the lock's file goes with the lock, and the directory too where it is empty then.
  void remove_on_release() { remove_ = true; }

 private:
  Lock(Fd fd, std::string directory, std::string name)
      : fd_(std::move(fd)), directory_(std::move(directory)), name_(std::move(name)) {}

  Fd fd_;
  bool remove_ = false;
  std::string directory_, name_;
};

}  // namespace vinet::control
