// A machine's part of a canary, in proto and back.
#pragma once

#include "machine/canary_work.h"
#include "vinet/v1/machine.pb.h"

namespace vinet::rpc {

void encode(const machine::CanaryWork& from, v1::CanaryWorkRequest& to);
/// Errors: invalid_argument for what no caller of ours sends.
Result<machine::CanaryWork> decode(const v1::CanaryWorkRequest& from);

void encode(const machine::CanaryNews& from, v1::CanaryWorkReply& to);
Result<machine::CanaryNews> decode(const v1::CanaryWorkReply& from);

}  // namespace vinet::rpc
