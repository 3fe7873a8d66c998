#include "rpc/exec_call.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "rpc/calls.h"

namespace vinet::rpc {
namespace {

// So many of the threads are never taken by programs, which run as long as they like.
constexpr size_t kKeptFromPrograms = 100;

}  // namespace

ExecCall* ExecCall::begin(Workers& workers, Serve serve) {
  auto call = std::shared_ptr<ExecCall>(new ExecCall(workers, std::move(serve)));
  call->self_ = call;
  if (call->wake_) {
    call->StartRead(&call->request_);
  } else {
    call->finish(errno_error("make an event", errno));
  }
  return call.get();
}

ExecCall::ExecCall(Workers& workers, Serve serve)
    : workers_(workers),
      serve_(std::move(serve)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void ExecCall::wake() {
  const uint64_t one = 1;
  while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
}

void ExecCall::clear_wake() {
  uint64_t count = 0;
  while (::read(wake_.get(), &count, sizeof count) < 0 && errno == EINTR) continue;
}

bool ExecCall::lost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

bool ExecCall::has_room() {
  const std::lock_guard lock(mutex_);
  return replies_.size() < kMostQueued;
}

void ExecCall::send(v1::ExecReply reply) {
  const std::lock_guard lock(mutex_);
  if (ended_ || lost_) return;
  replies_.push_back(std::move(reply));
  write_next();
}

void ExecCall::start(const v1::ExecRequest& first) {
  started_ = true;
  Result<ProgramRequest> program = decode_start(first);
  if (!program) return finish(program.error());
  const bool has_thread = workers_.start(
      [call = self_, request = *std::move(program)] {
        const Status served = call->serve_(*call, request);
        call->finish(served);
      },
      kKeptFromPrograms);
  if (!has_thread) {
    finish(Error{Errc::kResourceExhausted, "too many programs at once; try again"});
  }
}

void ExecCall::OnReadDone(bool ok) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  if (!ok && !started_) {
    finish(Error{Errc::kInvalidArgument, "run a program: the caller does not say which"});
    return;
  }
  if (!ok) {  // the caller says no more; or is gone, which OnCancel says
    inbox_.says_no_more = true;
    inbox_.input.take("", true);
    wake();
    return;
  }
  if (!started_) {
    start(request_);
  } else if (const Status taken = inbox_.take(request_); !taken) {
    lost_ = true;
    finish(taken);
  }
  if (!ended_) StartRead(&request_);
  wake();
}

void ExecCall::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  replies_.pop_front();
  if (!ok) replies_.clear();
  write_next();
  wake();
}

void ExecCall::OnCancel() {
  const std::lock_guard lock(mutex_);
  lost_ = true;
  wake();
}

void ExecCall::OnDone() {
  std::shared_ptr<ExecCall> last;  // let go of after the lock
  const std::lock_guard lock(mutex_);
  last.swap(self_);
}

/// The last word, once; all that was sent before goes first.
void ExecCall::finish(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  ended_ = true;
  status_ = status ? grpc::Status::OK : to_status(status.error());
  write_next();
}

void ExecCall::write_next() {
  if (writing_ || finished_) return;
  if (!replies_.empty()) {
    writing_ = true;
    StartWrite(&replies_.front());
  } else if (ended_) {
    finished_ = true;
    Finish(status_);
  }
}

}  // namespace vinet::rpc
