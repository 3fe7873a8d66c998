// DialedMember: a member at an endpoint, whether it answers or not. It is dialled when it is first
// spoken to, and again when its connection has broken.
#pragma once

#include <functional>
#include <memory>

#include "fleet/member.h"
#include "rpc/client.h"

namespace vinet::rpc {

/// A new connection. Errors: unavailable, permission_denied.
using Dial = std::function<Result<std::shared_ptr<Client>>()>;

std::shared_ptr<fleet::Member> make_dialed_member(Dial dial);

}  // namespace vinet::rpc
