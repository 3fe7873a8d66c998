#include "rpc/exec_pump.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace vinet::rpc {
namespace {

constexpr size_t kMostBytes = 32 << 10;  // in a message
// That an ended program can have left in a pipe (pipe(7)). What comes after it is of others.
constexpr size_t kMostLeft = 1 << 20;
constexpr int kHangUpPatienceMs = 2'000;
constexpr int kKillPatienceMs = 5'000;
constexpr char kEndOfInput = '\x04';  // as it is typed at a terminal

class Pump {
 public:
  Pump(ExecCall& call, Program program) : call_(call), program_(std::move(program)) {}

  Status run() {
    for (;;) {
      call_.clear_wake();
      if (call_.lost() || !obey()) {
        end_program();
        return Error{Errc::kCancelled, "the caller is gone"};
      }
      drop_what_nobody_takes();
      if (ended_ && !program_.output && !program_.error) break;
      const bool has_room = grant_input();
      pollfd events[] = {{call_.wake_fd(), POLLIN, 0},
                         {ended_ ? -1 : program_.process.get(), POLLIN, 0},
                         {program_.input.get(), input_events(), 0},
                         {has_room && credit_[0] > 0 ? program_.output.get() : -1, POLLIN, 0},
                         {has_room && credit_[1] > 0 ? program_.error.get() : -1, POLLIN, 0}};
      // What an ended program has left is read without waiting for more.
      const bool drains = ended_ && (events[3].fd >= 0 || events[4].fd >= 0);
      if (::poll(events, std::size(events), drains ? 0 : -1) < 0 && errno != EINTR) {
        end_program();
        return errno_error("wait for a program", errno);
      }
      if (events[1].revents != 0) ended_ = true;
      if (events[2].revents != 0) write_input((events[2].revents & (POLLERR | POLLNVAL)) != 0);
      read_output(0, program_.output, events[3].fd >= 0, events[3].revents != 0);
      read_output(1, program_.error, events[4].fd >= 0, events[4].revents != 0);
      if (ended_) program_.input.reset();
    }
    const ProgramEnd end = program_.wait();
    v1::ExecReply last;
    last.mutable_end()->set_exit_code(static_cast<uint32_t>(end.exit_code));
    last.mutable_end()->set_signal(static_cast<uint32_t>(end.signal));
    call_.send(std::move(last));
    return ok();
  }

 private:
  /// Does what the caller said. False where nobody is left at the terminal.
  bool obey() {
    struct News {
      std::vector<int> signals;
      std::optional<WindowSize> window;
      std::array<bool, 2> closed;
    };
    const News news = call_.look([this](ExecInbox& inbox) {
      credit_ = inbox.credit;
      input_waits_ = !inbox.input.waiting().empty();
      input_over_ = inbox.input.over();
      says_no_more_ = inbox.says_no_more;
      return News{inbox.take_signals(), std::exchange(inbox.window, std::nullopt), inbox.closed};
    });
    if (news.window) program_.set_window(*news.window);
    if (!ended_) {
      for (const int signal : news.signals) program_.pass_on(signal);
    }
    if (news.closed[0] && program_.has_terminal()) return false;
    if (news.closed[0]) program_.output.reset();
    if (news.closed[1]) program_.error.reset();
    if (input_over_ && !input_ended_) end_input();
    return true;
  }

  void end_input() {
    input_ended_ = true;
    if (program_.has_terminal() && program_.input) {
      // What is lost when the terminal takes no more is a key that was typed too fast.
      (void)!::write(program_.input.get(), &kEndOfInput, 1);
    } else {
      program_.input.reset();
    }
  }

  /// Is there room for replies?
  bool grant_input() {
    if (!call_.has_room()) return false;
    const size_t more =
        ended_ ? 0 : call_.look([](ExecInbox& inbox) { return inbox.input.grant(); });
    if (more == 0) return true;
    v1::ExecReply reply;
    reply.mutable_grant()->set_stream(v1::EXEC_STREAM_INPUT);
    reply.mutable_grant()->set_bytes(static_cast<uint32_t>(more));
    call_.send(std::move(reply));
    return call_.has_room();
  }

  /// The end of a stream needs no grant; and a caller that says no more grants no more.
  void drop_what_nobody_takes() {
    if (!ended_) return;
    for (size_t i = 0; i < 2; ++i) {
      Fd& from = i == 0 ? program_.output : program_.error;
      if (!from || credit_[i] > 0) continue;
      pollfd left{from.get(), POLLIN, 0};
      const bool empty = ::poll(&left, 1, 0) >= 0 && (left.revents & POLLIN) == 0;
      if (empty || says_no_more_) from.reset();
    }
  }

  short input_events() const { return input_waits_ ? POLLOUT : 0; }

  void write_input(bool broken) {
    const std::string bytes = call_.look(
        [](ExecInbox& inbox) { return std::string(inbox.input.waiting().substr(0, kMostBytes)); });
    ssize_t written = 0;
    if (!broken && !bytes.empty()) {
      written = ::write(program_.input.get(), bytes.data(), bytes.size());
      if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
    }
    if (!broken && written >= 0) {
      call_.look([n = static_cast<size_t>(written)](ExecInbox& inbox) { inbox.input.consume(n); });
      return;
    }
    program_.input.reset();
    input_ended_ = true;
    call_.look([](ExecInbox& inbox) { inbox.input.refuse(); });
    v1::ExecReply reply;
    reply.mutable_closed()->set_stream(v1::EXEC_STREAM_INPUT);
    call_.send(std::move(reply));
  }

  void read_output(size_t index, Fd& from, bool allowed, bool ready) {
    if (!from || !allowed || (!ready && !ended_)) return;
    std::string bytes(std::min<uint64_t>(kMostBytes, credit_[index]), '\0');
    const ssize_t got = left_[index] == 0 ? 0 : ::read(from.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) return;
    if (got < 0 && errno == EAGAIN && !ended_) return;
    v1::ExecReply reply;
    v1::ExecData& data = *reply.mutable_data();
    data.set_stream(output_stream(index));
    if (got > 0) {
      bytes.resize(static_cast<size_t>(got));
      if (ended_) left_[index] -= std::min(left_[index], bytes.size());
      call_.look([&](ExecInbox& inbox) { inbox.credit[index] -= bytes.size(); });
      data.set_bytes(std::move(bytes));
    } else {  // a terminal's end is EIO
      from.reset();
      data.set_end(true);
    }
    call_.send(std::move(reply));
  }

  void end_program() {
    program_.input.reset();
    program_.output.reset();
    program_.error.reset();
    const auto ends_within = [this](int patience_ms) {
      pollfd process{program_.process.get(), POLLIN, 0};
      int n = 0;
      while ((n = ::poll(&process, 1, patience_ms)) < 0 && errno == EINTR) continue;
      return n > 0;
    };
    program_.signal_session(SIGHUP);
    program_.signal_session(SIGCONT);  // a stopped process hears nothing
    if (!ends_within(kHangUpPatienceMs)) {
      program_.signal_session(SIGKILL);
      if (!ends_within(kKillPatienceMs)) return;  // in the kernel, for long; never waited for
    }
    program_.wait();
  }

  ExecCall& call_;
  Program program_;
  std::array<uint64_t, 2> credit_{};
  std::array<size_t, 2> left_{kMostLeft, kMostLeft};
  bool input_waits_ = false, input_over_ = false, input_ended_ = false, ended_ = false,
       says_no_more_ = false;
};

}  // namespace

Status serve_program(Host& host, ExecCall& call, const ProgramRequest& request) {
  ASSIGN_OR_RETURN(Program program, host.start_program(request));
  return Pump(call, std::move(program)).run();
}

}  // namespace vinet::rpc
