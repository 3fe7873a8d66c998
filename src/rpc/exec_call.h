// ExecCall: the wire's side of an Exec; its program's side is exec_pump.h.
//
//   caller ==messages==> ExecInbox --> pump        taken at once, always, by gRPC's threads
//   caller <==messages== replies   <-- pump        while fewer than kMostQueued wait
//
// An eventfd wakes the pump when there is something new in the inbox or room for a reply.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "rpc/exec_inbox.h"
#include "rpc/workers.h"
#include "support/fd.h"
#include "vinet/v1/machine.pb.h"

namespace vinet::rpc {

class ExecCall final : public grpc::ServerBidiReactor<v1::ExecRequest, v1::ExecReply> {
 public:
  /// Runs the program to its end, in a worker's thread; what it returns ends the call.
  using Serve = std::function<Status(ExecCall&, const ProgramRequest&)>;

  /// A call that has just come. A thread is taken when its first message is there. Lives until gRPC
  /// and the worker have let go of it.
  static ExecCall* begin(Workers& workers, Serve serve);

  // For the pump:

  /// Readable when something is new, until clear_wake().
  int wake_fd() const { return wake_.get(); }
  void clear_wake();
  /// Looks at what the caller said; nothing comes in meanwhile.
  template <typename Look>
  auto look(Look look) {
    const std::lock_guard lock(mutex_);
    return look(inbox_);
  }
  /// The caller is gone, or has said what cannot be.
  bool lost();
  /// May another reply be sent now?
  bool has_room();
  void send(v1::ExecReply reply);

 private:
  static constexpr size_t kMostQueued = 4;

  ExecCall(Workers& workers, Serve serve);
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void start(const v1::ExecRequest& first);
  void finish(const Status& status);
  void write_next();
  void wake();

  std::recursive_mutex mutex_;  // gRPC may answer a call from within it
  std::shared_ptr<ExecCall> self_;
  Workers& workers_;
  Serve serve_;
  Fd wake_;
  v1::ExecRequest request_;
  ExecInbox inbox_;
  std::deque<v1::ExecReply> replies_;
  grpc::Status status_;
  bool started_ = false, writing_ = false, ended_ = false, finished_ = false, lost_ = false;
};

}  // namespace vinet::rpc
