// proto <-> C++ for echoes, probes and counters.
#pragma once

#include "machine/machine.h"
#include "support/result.h"
#include "vinet/v1/machine.pb.h"

namespace vinet::rpc {

inline constexpr uint64_t kLongestWaitMs = 60'000;

void encode(const machine::PingTask& from, v1::PingTask& to);
/// Errors: invalid_argument for what is no address, or of two families.
Result<machine::PingTask> decode(const v1::PingTask& from);
Result<machine::PingOptions> ping_options(const v1::PingRequest& from);

void encode(const machine::ProbeReport& from, v1::ProbeReply& to);
Result<machine::ProbeReport> decode(const v1::ProbeReply& from);

void encode(const machine::LinkCounters& from, v1::LinkCounters& to);
machine::LinkCounters decode(const v1::LinkCounters& from);

}  // namespace vinet::rpc
