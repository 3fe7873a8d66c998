// Stream: what a long call tells its caller, message by message, without ever waiting for the
// caller.
//
//   worker thread --push--> queue --gRPC, as fast as the caller reads--> caller
//
// A caller that does not read keeps its own queue full and nothing else: what may be dropped is
// dropped, early enough that there is room for what may not; too much of that cuts the stream off.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>

namespace vinet::rpc {

template <typename Message>
class Stream final : public grpc::ServerWriteReactor<Message> {
 public:
  static constexpr size_t kMostProgress = 100;  // with so many queued, more progress is dropped
  static constexpr size_t kMostNotes = 500;
  static constexpr size_t kMostQueued = 1000;

  /// Lives until gRPC is done with it and the worker has let go.
  static std::shared_ptr<Stream> make() {
    auto stream = std::shared_ptr<Stream>(new Stream());
    stream->self_ = stream;
    return stream;
  }

  /// Drops the message where `most` wait already, if `most` is less than kMostQueued. False when
  /// nobody listens any more, or when the caller is too slow for what must not be lost.
  bool push(Message message, size_t most = kMostQueued) {
    const std::lock_guard lock(mutex_);
    if (cancelled_ || ended_) return false;
    if (queue_.size() >= most) {
      if (most < kMostQueued) return true;
      end(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the caller reads too slowly"));
      return false;
    }
    queue_.push_back(std::move(message));
    write_next();
    return true;
  }

  /// The last word. Everything pushed before is sent first.
  void finish(grpc::Status status) {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    end(std::move(status));
  }

  bool cancelled() const {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

 private:
  Stream() = default;

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    queue_.pop_front();
    if (!ok) queue_.clear();
    write_next();
  }
  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  void OnDone() override {
    std::shared_ptr<Stream> last;  // let go of after the lock
    const std::lock_guard lock(mutex_);
    last.swap(self_);
  }

  void end(grpc::Status status) {
    ended_ = true;
    status_ = std::move(status);
    write_next();
  }
  void write_next() {
    if (writing_ || finished_) return;
    if (!queue_.empty()) {
      writing_ = true;
      this->StartWrite(&queue_.front());
    } else if (ended_) {
      finished_ = true;
      this->Finish(status_);
    }
  }

  mutable std::recursive_mutex mutex_;  // gRPC may answer a call from within it
  std::shared_ptr<Stream> self_;
  std::deque<Message> queue_;
  grpc::Status status_;
  bool writing_ = false, ended_ = false, finished_ = false, cancelled_ = false;
};

}  // namespace vinet::rpc
