// The controller's side of member.proto.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "fleet/member.h"

namespace vinet::rpc {

/// `endpoint`: what errors call it. Every call ends: with its answer, by its deadline, or when the
/// channel's keepalive finds nobody there. May be called from any thread.
std::unique_ptr<fleet::Member> make_remote_member(std::shared_ptr<grpc::Channel> channel,
                                                  std::string endpoint);

}  // namespace vinet::rpc
