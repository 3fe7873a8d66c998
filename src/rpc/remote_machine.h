// The caller's side of machine.proto.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "machine/machine.h"

namespace vinet::rpc {

using ReadLog = std::function<Result<machine::LogText>(const std::string& node, uint64_t offset)>;

std::unique_ptr<machine::Machine> make_remote_machine(std::shared_ptr<grpc::Channel> channel,
                                                      ReadLog read_log);

}  // namespace vinet::rpc
