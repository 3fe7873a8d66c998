// proto <-> C++ for what the two services share.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "control/controller.h"
#include "machine/machine.h"
#include "support/diagnostics.h"
#include "support/result.h"
#include "vinet/v1/common.pb.h"
#include "vinet/v1/controller.pb.h"

namespace vinet::rpc {

/// An error with its code, text and errno, in the status of a call and back.
grpc::Status to_status(const Error& error);
/// `attempt` says what was asked of whom, for errors that are gRPC's own: unavailable where the
/// daemon has gone, or is about to, whatever becomes of its work.
Error from_status(const grpc::Status& status, const std::string& attempt);

void encode(const Error& from, v1::Error& to);
Error decode(const v1::Error& from);

void encode(const machine::ApplyReport& from, v1::ApplyReport& to);
machine::ApplyReport decode(const v1::ApplyReport& from);

void encode(const control::Outcome& from, v1::Outcome& to);
control::Outcome decode(const v1::Outcome& from);

void encode(const Diagnostics& from, v1::WorkEnd& to);
void decode(const v1::WorkEnd& from, Diagnostics& to);

void encode(const control::DownRequest& from, v1::DownRequest& to);
control::DownRequest decode(const v1::DownRequest& from);

void encode(const control::State& from, v1::GetStateReply& to);
Result<control::State> decode(const v1::GetStateReply& from);

void encode(const control::RunState& from, v1::Run& to);
control::RunState decode(const v1::Run& from);

void encode(const control::MachineState& from, v1::FleetMachine& to);
Result<control::MachineState> decode(const v1::FleetMachine& from);

void encode(const control::Event& from, v1::Event& to);
control::Event decode(const v1::Event& from);

template <typename Texts>
std::vector<std::string> strings(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace vinet::rpc
