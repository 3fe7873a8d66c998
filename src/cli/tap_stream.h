// The stream of a machine's taps to who merges those of several machines: `vinet capture
// --tap-stream` writes it, remote_taps reads it.
//
//   kind, 1 byte | length, 4 bytes | what it says; numbers little-endian
//   hello    time_ns 8, boot id
//   packet   time_ns 8, tap 4, original bytes 4, direction 1, reception 1, bytes
//   round    complete_ns 8                     nothing older comes any more
//   ended    tap 4, why
//   counts   tap 4, received 8, dropped 8      since the begin
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "capture/source.h"
#include "support/result.h"

namespace vinet::cli {

struct TapHello {
  uint64_t now_ns = 0;  ///< since 1970
  std::string boot;
};
struct TapRound {
  uint64_t complete_ns = 0;
};
struct TapCounts {
  uint32_t tap = 0;
  capture::PacketSource::Counts counts;
};
using TapRecord = std::variant<TapHello, capture::Packet, TapRound, capture::Round::End, TapCounts>;

void append(const TapRecord& record, std::string& bytes);

/// Takes the first record off `bytes`; nothing while it is not all there. Errors: invalid_argument
/// for what no append() made.
Result<std::optional<TapRecord>> take_record(std::string& bytes, size_t& at);

}  // namespace vinet::cli
