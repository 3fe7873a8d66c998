// What a check of the kernel, or a canary, tells, in proto and back.
#pragma once

#include "machine/machine.h"
#include "vinet/v1/machine.pb.h"

namespace vinet::rpc {

void encode(const machine::CheckReport& from, v1::CheckReport& to);
machine::CheckReport decode(const v1::CheckReport& from);

void encode(const machine::CanaryReport& from, v1::CanaryReport& to);
machine::CanaryReport decode(const v1::CanaryReport& from);

}  // namespace vinet::rpc
