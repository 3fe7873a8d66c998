#include "rpc/exec_client.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <thread>

#include "rpc/convert.h"
#include "rpc/exec_flow.h"
#include "rpc/exec_inbox.h"
#include "vinet/v1/machine.grpc.pb.h"

namespace vinet::rpc {
namespace {

constexpr size_t kMostBytes = 32 << 10;  // in a message

/// Two threads: one takes every reply at once, the other waits for the streams and writes.
class Caller {
 public:
  Caller(const std::shared_ptr<grpc::Channel>& channel, const CallerStreams& streams)
      : stub_(v1::Machine::NewStub(channel)),
        streams_(streams),
        files_{streams.output, streams.error},
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  Result<ProgramEnd> run(const ProgramRequest& request) {
    if (!wake_) return errno_error("make an event", errno);
    stream_ = stub_->Exec(&context_);
    v1::ExecRequest start;
    encode_start(request, start);
    stream_->Write(start);
    std::thread reader([this] { read_all(); });
    const Status waited = wait_for_end();
    if (!waited) context_.TryCancel();
    reader.join();
    const grpc::Status done = stream_->Finish();
    if (!waited) return waited.error();
    const std::string attempt = request.capture ? "capture" : "run in " + request.node;
    if (!done.ok()) return from_status(done, attempt);
    if (!end_) return Error{Errc::kInternal, attempt + ": no end was told"};
    return *end_;
  }

 private:
  void read_all() {
    v1::ExecReply reply;
    while (stream_->Read(&reply)) {
      const std::lock_guard lock(mutex_);
      if (!take(reply)) context_.TryCancel();
      wake();
    }
    const std::lock_guard lock(mutex_);
    over_ = true;
    wake();
  }

  bool take(const v1::ExecReply& reply) {
    if (reply.has_data()) {
      const auto index = output_index(reply.data().stream());
      return index && outflow_[*index].take(reply.data().bytes(), reply.data().end());
    }
    if (reply.has_grant()) input_credit_ += reply.grant().bytes();
    if (reply.has_closed()) input_closed_ = true;
    if (reply.has_end()) {
      end_ = ProgramEnd{static_cast<int>(reply.end().exit_code()),
                        static_cast<int>(reply.end().signal())};
    }
    return true;
  }

  Status wait_for_end() {
    for (;;) {
      uint64_t count = 0;
      (void)!::read(wake_.get(), &count, sizeof count);
      pollfd events[] = {{wake_.get(), POLLIN, 0},
                         {streams_.signals, POLLIN, 0},
                         {-1, POLLIN, 0},
                         {-1, POLLOUT, 0},
                         {-1, POLLOUT, 0}};
      {
        const std::lock_guard lock(mutex_);
        const bool written = outflow_[0].waiting().empty() && outflow_[1].waiting().empty();
        if (over_ && written) return ok();
        if (input_closed_ || end_ || over_) let_go_of_input();
        if (!input_ended_ && input_credit_ > 0) events[2].fd = streams_.input;
        for (size_t i = 0; i < 2; ++i) {
          if (!outflow_[i].waiting().empty()) events[3 + i].fd = files_[i];
        }
        if (streams_.ends_with_reader && events[3].fd < 0 && !outflow_[0].refused()) {
          events[3] = {files_[0], 0, 0};  // errors alone
        }
      }
      grant_output();
      if (::poll(events, std::size(events), -1) < 0) {
        if (errno == EINTR) continue;
        return errno_error("wait for a program", errno);
      }
      if (events[1].revents != 0) pass_signals_on();
      if (events[2].revents != 0) read_input();
      for (size_t i = 0; i < 2; ++i) {
        if (events[3 + i].revents != 0) write_output(i);
      }
    }
  }

  /// The program reads no more: whoever writes to us shall learn it, as from the program itself.
  void let_go_of_input() {
    if (input_ended_) return;
    input_ended_ = true;
    if (!input_closed_) return;
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (nothing) ::dup2(nothing.get(), streams_.input);
  }

  void grant_output() {
    for (size_t i = 0; i < 2; ++i) {
      v1::ExecRequest request;
      {
        const std::lock_guard lock(mutex_);
        request.mutable_grant()->set_bytes(static_cast<uint32_t>(outflow_[i].grant()));
      }
      request.mutable_grant()->set_stream(output_stream(i));
      if (request.grant().bytes() > 0) stream_->Write(request);
    }
  }

  void pass_signals_on() {
    std::array<unsigned char, 64> numbers{};
    const ssize_t got = ::read(streams_.signals, numbers.data(), numbers.size());
    for (ssize_t i = 0; i < got; ++i) {
      const int number = numbers[static_cast<size_t>(i)];
      const auto& passed = passed_signals();
      if (number == SIGWINCH) {
        send_window();
      } else if (std::find(passed.begin(), passed.end(), number) != passed.end()) {
        send_signal(number);
      }
      if (number == SIGTSTP && streams_.suspend) {
        streams_.suspend();
        send_signal(SIGCONT);
        send_window();
      }
    }
  }
  void send_signal(int number) {
    v1::ExecRequest request;
    request.set_signal(static_cast<uint32_t>(number));
    stream_->Write(request);
  }
  void send_window() {
    if (!streams_.window) return;
    const WindowSize size = streams_.window();
    v1::ExecRequest request;
    request.mutable_window()->set_rows(size.rows);
    request.mutable_window()->set_columns(size.columns);
    stream_->Write(request);
  }

  void read_input() {
    size_t most = kMostBytes;
    {
      const std::lock_guard lock(mutex_);
      most = std::min<uint64_t>(most, input_credit_);
    }
    std::string bytes(most, '\0');
    const ssize_t got = ::read(streams_.input, bytes.data(), bytes.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    v1::ExecRequest request;
    request.mutable_data()->set_stream(v1::EXEC_STREAM_INPUT);
    if (got > 0) {
      bytes.resize(static_cast<size_t>(got));
      const std::lock_guard lock(mutex_);
      input_credit_ -= bytes.size();
      request.mutable_data()->set_bytes(std::move(bytes));
    } else {
      request.mutable_data()->set_end(true);
      input_ended_ = true;
    }
    stream_->Write(request);
  }

  void write_output(size_t index) {
    std::string bytes;
    {
      const std::lock_guard lock(mutex_);
      // A pipe that has room at all takes as much without blocking (pipe(7)).
      bytes = std::string(outflow_[index].waiting().substr(0, PIPE_BUF));
    }
    const ssize_t written = bytes.empty() ? -1 : ::write(files_[index], bytes.data(), bytes.size());
    if (!bytes.empty() && written < 0 && (errno == EINTR || errno == EAGAIN)) return;
    {
      const std::lock_guard lock(mutex_);
      if (written >= 0) {
        outflow_[index].consume(static_cast<size_t>(written));
        return;
      }
      outflow_[index].refuse();
    }
    v1::ExecRequest request;
    request.mutable_closed()->set_stream(output_stream(index));
    stream_->Write(request);
  }

  void wake() {
    const uint64_t one = 1;
    while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
  }

  std::unique_ptr<v1::Machine::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ExecRequest, v1::ExecReply>> stream_;
  const CallerStreams& streams_;
  const std::array<int, 2> files_;
  Fd wake_;
  bool input_ended_ = false;  // nothing more is read from it

  std::mutex mutex_;  // of all below, which replies change
  std::array<Inflow, 2> outflow_;
  uint64_t input_credit_ = 0;
  bool input_closed_ = false, over_ = false;
  std::optional<ProgramEnd> end_;
};

}  // namespace

Result<ProgramEnd> run_program(const std::shared_ptr<grpc::Channel>& channel,
                               const ProgramRequest& request, const CallerStreams& streams) {
  return Caller(channel, streams).run(request);
}

}  // namespace vinet::rpc
