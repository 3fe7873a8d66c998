// Taps on several computers as one source of packets.
//
// Problem:   nodes of an internet on a fleet lie on many computers; a file has one order of time.
// Approach:  each machine's daemon runs `vinet capture --tap-stream` there, whose stream comes here
//            through a child process of this one; what all have told up to a time is complete.
// Invariant: no child outlives the source, and a machine that is lost ends its own taps only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capture/layout.h"
#include "capture/source.h"
#include "cli/verb.h"

namespace vinet::cli {

/// Taps of nodes that `daemons` names (by tap: HOST:PORT) come from there, the others from
/// `open_here`, which is called where there are any.
/// Clocks: those of other computers are believed up to kMostClockNs; a clock that differs more is
/// set right by when its first message came, and a line says so.
class MergedTaps final : public capture::PacketSource {
 public:
  static constexpr uint64_t kMostClockNs = 100'000'000;
  using OpenHere =
      std::function<std::unique_ptr<capture::PacketSource>(const std::vector<capture::Tap>&)>;

  static Result<std::unique_ptr<MergedTaps>> open(const Context& context,
                                                  const std::vector<capture::Tap>& taps,
                                                  const std::map<uint32_t, std::string>& daemons,
                                                  uint32_t snap_bytes, const OpenHere& open_here);
  ~MergedTaps() override;

  Result<capture::Round> read(int timeout_ms) override;
  Counts counts(uint32_t tap) override;
  size_t open_taps() const override;

 private:
  class Remote;
  MergedTaps() = default;
  void wait(int timeout_ms) const;

  std::unique_ptr<capture::PacketSource> here_;
  std::vector<uint32_t> here_taps_;  // its numbers to ours
  std::vector<std::unique_ptr<Remote>> remotes_;
  std::map<uint32_t, Counts> remote_counts_;
};

/// What a machine does of it: the stream of these taps (`line.A:B`) on standard output, until
/// somebody interrupts or nobody reads. Returns the exit code.
int stream_taps(const Context& context, const std::vector<std::string>& taps, uint32_t snap_bytes);

}  // namespace vinet::cli
