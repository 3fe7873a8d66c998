// Where packets come from: taps on devices, read in rounds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "capture/pcapng.h"
#include "support/result.h"

namespace vinet::capture {

/// A frame as a tap saw it.
struct Packet {
  uint64_t time_ns = 0;  ///< since 1970
  uint32_t tap = 0;
  uint32_t original_bytes = 0;
  Direction direction = Direction::kUnknown;
  Reception reception = Reception::kUnknown;
  std::string bytes;  ///< its begin, as much as is wanted
};

/// What one look at all taps brought.
struct Round {
  std::vector<Packet> packets;
  /// Nothing that is older comes any more, as far as can be told.
  uint64_t complete_ns = 0;
  struct End {
    uint32_t tap = 0;
    std::string why;  ///< `no device B in fig11.A any more`
  };
  std::vector<End> ended;  ///< taps from which nothing comes any more
};

class PacketSource {
 public:
  virtual ~PacketSource() = default;
  /// Waits until there is something, so long at most or until a signal comes, and takes it.
  virtual Result<Round> read(int timeout_ms) = 0;
  /// What the kernel has counted at one tap since it began.
  struct Counts {
    uint64_t received = 0, dropped = 0;
  };
  virtual Counts counts(uint32_t tap) = 0;
  virtual size_t open_taps() const = 0;
};

}  // namespace vinet::capture
