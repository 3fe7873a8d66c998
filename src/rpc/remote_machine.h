// The caller's side of machine.proto.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "machine/machine.h"

namespace vinet::rpc {

using ReadLog = std::function<Result<machine::LogText>(const std::string& node, uint64_t offset)>;

/// What a daemon is asked about.
enum class Reach {
  kAll,       ///< all that it knows: its computer, and the machines of its fleets
  kOnlyHere,  ///< its own computer: it is one of the machines that the caller asks
};
/// In the metadata of calls of the second kind.
inline constexpr char kOnlyHere[] = "vinet-only-here";

std::unique_ptr<machine::Machine> make_remote_machine(std::shared_ptr<grpc::Channel> channel,
                                                      ReadLog read_log, Reach reach = Reach::kAll);

}  // namespace vinet::rpc
