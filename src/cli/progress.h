// Progress: what a long command is doing, on stderr, once it has taken longer than a second.
#pragma once

#include <chrono>
#include <string>

#include "machine/machine.h"

namespace vinet::cli {

/// One line that is rewritten on a terminal; elsewhere a plain line now and then. Erased at the
/// end.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void update(const std::string& stage, size_t done, size_t total);
  /// Takes the line away, so that something else can be printed.
  void clear();
  /// `update` as what a machine calls; must not outlive this object.
  machine::Progress callback();

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_;
  Clock::time_point last_;
  std::string last_stage_;
  bool terminal_ = false;
  bool shown_ = false;
};

}  // namespace vinet::cli
