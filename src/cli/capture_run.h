// A capture while it runs: from taps to the output, until somebody or something ends it.
#pragma once

#include <cstdint>
#include <optional>

#include "capture/recorder.h"
#include "cli/capture_output.h"
#include "cli/interrupts.h"

namespace vinet::cli {

/// Says on stderr which interfaces have ended in a round, and why.
void say_ends(const capture::Layout& layout, const Result<capture::Round>& round);

class CaptureRun {
 public:
  /// All must outlive it.
  CaptureRun(const capture::Layout& layout, const capture::Recorder::Limits& limits,
             capture::PacketSource& source, CaptureOutput& output)
      : layout_(layout), source_(source), output_(output), recorder_(layout, limits) {}

  /// Captures until a signal comes (Interrupts), enough is there, the time is over, nobody reads
  /// any more or nothing is left to listen on. Returns the exit code; all has been said.
  int run(const capture::Section& section, std::optional<uint64_t> duration_us);

 private:
  Status record(const capture::Section& section, std::optional<uint64_t> duration_us);
  Status finish();
  Status write();
  void say_begin() const;
  void say_summary() const;

  const capture::Layout& layout_;
  capture::PacketSource& source_;
  CaptureOutput& output_;
  capture::Recorder recorder_;
  std::string bytes_;  // not yet written
  uint64_t dropped_ = 0;
};

}  // namespace vinet::cli
