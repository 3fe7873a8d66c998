#include "rpc/tls_link.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <system_error>
#include <thread>

#include "rpc/tls_pipe.h"

namespace vinet::rpc {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kGone{20'000};     // a daemon that takes nothing any more
constexpr std::chrono::milliseconds kJudgement{2000};  // between looks at its certificate

class Link final : public TlsLink {
 public:
  Link(Endpoint endpoint, std::shared_ptr<pki::Identity> identity)
      : endpoint_(std::move(endpoint)), identity_(std::move(identity)) {}
  ~Link() override {
    if (!thread_.joinable()) return;
    const uint64_t one = 1;
    while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
    thread_.join();
  }

  Status begin(std::chrono::milliseconds patience) {
    deadline_ = Clock::now() + patience;
    patience_ = patience;
    identity_->refresh();
    ASSIGN_OR_RETURN(Fd net, connect_tcp(endpoint_, patience));
    set_patience(net.get(), kGone);
    ASSIGN_OR_RETURN(auto session, identity_->call(net.get(), endpoint_.host));
    stop_ = Fd(::eventfd(0, EFD_CLOEXEC));
    int ends[2];
    if (!stop_ || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      return errno_error(to_string(endpoint_) + ": make a socket", errno);
    }
    grpc_end_ = Fd(ends[0]);
    Fd inner(ends[1]);
    pipe_.emplace(std::move(net), std::move(session));
    std::promise<Status> proven;
    std::future<Status> answer = proven.get_future();
    try {
      thread_ = std::thread([this, inner = std::move(inner), proven = std::move(proven)]() mutable {
        run(std::move(inner), std::move(proven));
      });
    } catch (const std::system_error& error) {
      return Error{Errc::kResourceExhausted, to_string(endpoint_) + ": " + error.what()};
    }
    return answer.get();
  }

  Fd take_inner() override { return std::move(grpc_end_); }
  const std::string& peer_name() const override { return peer_name_; }

 private:
  void run(Fd inner, std::promise<Status> proven) {
    sigset_t pipe_signal;  // of a socket whose other end is gone; this thread's alone
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    const Status begun = prove();
    const bool goes_on = begun.has_value();
    if (goes_on) {
      peer_name_ = pipe_->session().peer().subject.name;  // before `proven` lets others read it
      pipe_->open(std::move(inner));
    }
    proven.set_value(begun);
    if (goes_on) carry();
    pipe_->end();
  }

  /// The handshake, and the first bytes that show that the daemon takes us.
  Status prove() {
    while (!pipe_->has_heard()) {
      if (pipe_->step() == TlsPipe::State::kEnded) return why();
      if (pipe_->has_heard()) break;
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
      if (left.count() <= 0) {
        return Error{Errc::kUnavailable,
                     fmt::format("{}: no answer within {} s", to_string(endpoint_),
                                 patience_.count() / 1000)};
      }
      wait(static_cast<int>(left.count()));
    }
    return ok();
  }

  Error why() const {
    const pki::Session& session = pipe_->session();
    const std::string at = to_string(endpoint_) + ": ";
    if (!session.peer().refused.empty()) {
      return {Errc::kPermissionDenied,
              fmt::format("{}not trusted: it shows the certificate of {}, "
                          "but {}",
                          at, session.peer().text, session.peer().refused)};
    }
    if (session.was_refused()) {
      const std::string trouble = identity_->trouble();
      return {Errc::kPermissionDenied,
              at + "refused" + (trouble.empty() ? "" : " (of ours: " + trouble + ")")};
    }
    return {Errc::kUnavailable,
            at + (session.failure().empty() ? "the connection ended before it answered"
                                            : "TLS: " + session.failure())};
  }

  void carry() {
    Clock::time_point judged = Clock::now();
    while (pipe_->step() != TlsPipe::State::kEnded) {
      if (!pipe_->has_more() && wait(static_cast<int>(kJudgement.count()))) return;
      if (Clock::now() - judged < kJudgement) continue;
      judged = Clock::now();
      identity_->refresh();
      if (!identity_->judge(pipe_->session().shown_certificate()).refused.empty()) return;
    }
  }

  /// True: it shall end.
  bool wait(int milliseconds) {
    const auto waits = pipe_->waits();
    pollfd events[] = {waits[0], waits[1], {stop_.get(), POLLIN, 0}};
    return ::poll(events, 3, milliseconds) > 0 && events[2].revents != 0;
  }

  const Endpoint endpoint_;
  const std::shared_ptr<pki::Identity> identity_;
  Clock::time_point deadline_;
  std::chrono::milliseconds patience_{};
  std::optional<TlsPipe> pipe_;
  Fd grpc_end_, stop_;
  std::string peer_name_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<TlsLink>> TlsLink::begin(const Endpoint& endpoint,
                                                std::shared_ptr<pki::Identity> identity,
                                                std::chrono::milliseconds patience) {
  auto link = std::make_unique<Link>(endpoint, std::move(identity));
  TRY(link->begin(patience));
  return std::unique_ptr<TlsLink>(std::move(link));
}

}  // namespace vinet::rpc
