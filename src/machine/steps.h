// Steps: runs kernel calls one after the other, counts what they did, and decides what an error
// means.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "machine/machine.h"
#include "support/result.h"

namespace vinet::machine {

enum class Effect { kCreated, kChanged, kDeleted };

/// What is gone already need not be deleted.
inline Status gone_is_fine(Status deleted) {
  return !deleted && deleted.error().code == Errc::kNotFound ? ok() : std::move(deleted);
}

class Steps {
 public:
  /// kStop: the first error ends the work. kGoOn: errors are kept and the next step is taken, as
  /// undoing and removing must (what cannot be done now may be the only thing that cannot).
  enum class OnError { kStop, kGoOn };

  Steps(const Options& options, OnError on_error) : options_(options), on_error_(on_error) {}

  /// Runs `action` (returns Status), which does `count` things, unless the caller wants to stop.
  /// False: the work is over.
  template <typename Action>
  bool run(Effect effect, const std::string& what, Action action, size_t count = 1) {
    if (stopped(what)) return false;
    if (Status done = action(); !done) {
      fail(std::move(done).error().within(what));
      return !over();
    }
    const bool tells = done_ / 16 != (done_ + count) / 16 || done_ + count == total_;
    done_ += count;
    if (effect == Effect::kCreated) report_.created += count;
    if (effect == Effect::kChanged) report_.changed += count;
    if (effect == Effect::kDeleted) report_.deleted += count;
    if (report_.changes.size() < ApplyReport::kMostNamed) report_.changes.push_back(what);
    if (options_.progress && tells) options_.progress(stage_, done_, total_);
    return true;
  }

  /// Keeps an error that no single step met.
  void fail(Error error) {
    if (!first_error_) first_error_ = std::move(error);
  }

  void expect(std::string stage, size_t total) {
    stage_ = std::move(stage);
    total_ = total;
    done_ = 0;
  }

  /// Is the work over, or does the caller want it to be before `what` is done?
  bool stopped(const std::string& what) {
    if (over()) return true;
    if (!options_.stop || !options_.stop()) return false;
    fail(Error{Errc::kCancelled, what + ": interrupted", 0});
    ended_ = true;
    return true;
  }
  bool over() const { return ended_ || (on_error_ == OnError::kStop && first_error_); }
  const std::optional<Error>& error() const { return first_error_; }
  const ApplyReport& report() const { return report_; }

 private:
  const Options& options_;
  OnError on_error_;
  ApplyReport report_;
  std::optional<Error> first_error_;
  bool ended_ = false;
  std::string stage_;
  size_t done_ = 0, total_ = 0;
};

}  // namespace vinet::machine
