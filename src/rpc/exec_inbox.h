// What the caller of an Exec has said and its program has not yet been told. Bounded, whatever the
// caller sends: bytes by what was granted, signals and window sizes by being merged.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "rpc/exec_flow.h"
#include "rpc/program.h"
#include "vinet/v1/machine.pb.h"

namespace vinet::rpc {

/// The request of a first message. Errors: invalid_argument, also for a later message.
Result<ProgramRequest> decode_start(const v1::ExecRequest& request);
void encode_start(const ProgramRequest& from, v1::ExecRequest& to);

/// Which of output and error a stream is: 0 or 1; nothing for others.
std::optional<size_t> output_index(v1::ExecStream stream);
v1::ExecStream output_stream(size_t index);

struct ExecInbox {
  Inflow input;
  std::array<uint64_t, 2> credit{};  ///< bytes of output and error that the caller will take
  std::array<bool, 2> closed{};      ///< the caller reads output or error no more
  uint64_t signals = 0;              ///< a bit each
  std::optional<WindowSize> window;
  bool says_no_more = false;  ///< no message comes any more

  /// A message that is not the first. Errors: invalid_argument; nothing of it has been taken.
  Status take(const v1::ExecRequest& request);
  std::vector<int> take_signals();
};

}  // namespace vinet::rpc
