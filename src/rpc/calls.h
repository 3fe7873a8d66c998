// What every method does with its thread, its answer and its errors.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "rpc/convert.h"
#include "rpc/host.h"
#include "rpc/remote_machine.h"
#include "rpc/stream.h"
#include "rpc/workers.h"

namespace vinet::rpc {

/// Threads that calls which may wait long (for the state's lock, for packets) leave to the others,
/// so that whoever asks how things are is answered however many want to change them.
constexpr size_t kKeptForShortCalls = 50;

inline grpc::Status too_busy() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED,
          "no thread is left for this call, too many are at work; try again"};
}

/// The world that a call is about (remote_machine.h). Asked while the call begins, used later.
inline auto opener(Host& host, const grpc::CallbackServerContext& context) {
  const bool only_here = context.client_metadata().count(kOnlyHere) != 0;
  return [&host, only_here] { return only_here ? host.open_here() : host.open(); };
}

/// Answers a unary call: `work` returns a Status and fills the reply.
template <typename Work>
grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, Workers& workers, Work work,
                                 size_t keep_free = 0) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool started = workers.start(
      [reactor, work = std::move(work)]() mutable {
        const Status done = work();
        reactor->Finish(done ? grpc::Status::OK : to_status(done.error()));
      },
      keep_free);
  if (!started) reactor->Finish(too_busy());
  return reactor;
}

/// Answers a call with a stream: `work` gets it and returns the call's last word.
template <typename Message, typename Work>
grpc::ServerWriteReactor<Message>* answer_stream(Workers& workers, Work work) {
  const std::shared_ptr<Stream<Message>> stream = Stream<Message>::make();
  const bool started = workers.start(
      [stream, work = std::move(work)]() mutable {
        const Status done = work(*stream);
        stream->finish(done ? grpc::Status::OK : to_status(done.error()));
      },
      kKeptForShortCalls);
  if (!started) stream->finish(too_busy());
  return stream.get();
}

/// Progress that goes into a stream; what the caller does not read is left out.
template <typename Message>
machine::Progress progress_into(Stream<Message>& stream) {
  return [&stream](const std::string& stage, size_t done, size_t total) {
    Message message;
    message.mutable_progress()->set_stage(stage);
    message.mutable_progress()->set_done(done);
    message.mutable_progress()->set_total(total);
    stream.push(std::move(message), Stream<Message>::kMostProgress);
  };
}

}  // namespace vinet::rpc
