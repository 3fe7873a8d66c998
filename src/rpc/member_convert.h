// proto <-> C++ for member.proto.
#pragma once

#include <string>

#include "fleet/member.h"
#include "support/result.h"
#include "vinet/v1/member.pb.h"

namespace vinet::rpc {

void encode(const fleet::Order& from, v1::Order& to);
fleet::Order decode(const v1::Order& from);

void encode(const fleet::Holding& from, v1::Holding& to);
/// Errors: unimplemented where it says something that this vinet does not know: an older machine
/// must not realise a part of what a newer controller means (faults.md F-135).
Result<fleet::Holding> decode(const v1::Holding& from);

void encode(const plan::MachineFacts& from, v1::MachineFacts& to);
Result<plan::MachineFacts> decode(const v1::MachineFacts& from);

void encode(const fleet::MemberReport& from, v1::MemberReport& to);
Result<fleet::MemberReport> decode(const v1::MemberReport& from);

}  // namespace vinet::rpc
