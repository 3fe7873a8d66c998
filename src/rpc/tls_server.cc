#include "rpc/tls_server.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <list>
#include <map>
#include <system_error>
#include <thread>
#include <vector>

#include "rpc/party.h"
#include "rpc/teller.h"
#include "rpc/tls_pipe.h"

namespace vinet::rpc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostConnections = 1000;
constexpr size_t kMostUnproven = 200;
constexpr size_t kMostOfOne = 64;  // connections of one caller
constexpr int kMostAccepted = 32;  // before what is there is served again
constexpr std::chrono::seconds kHandshake{10};
constexpr std::chrono::milliseconds kGone{60'000};  // a caller that takes nothing any more
constexpr std::chrono::milliseconds kLook{250};     // between looks at files and times
constexpr std::chrono::seconds kJudgement{2};       // between looks at certificates of callers
constexpr std::chrono::seconds kShutdown{2};

struct Connection {
  TlsPipe pipe;
  std::string address;
  Clock::time_point since;
  Party* party = nullptr;  ///< once it has proven who it is
};

Caller caller_of(const pki::Subject& subject) {
  switch (subject.role) {
    case pki::Role::kOperator:
      return {Caller::Kind::kOperator, subject.name};
    case pki::Role::kMachine:
      return {Caller::Kind::kMachine, subject.name};
    case pki::Role::kTenant:
      break;
  }
  return {Caller::Kind::kTenant, subject.name};
}

class Front final : public TlsServer {
 public:
  Front(std::shared_ptr<pki::Identity> identity, Host& host)
      : identity_(std::move(identity)),
        host_(host),
        teller_([&host](const std::string& kind, const std::string& text) {
          host.tell(kind, "", text);
        }),
        refusals_([this](const std::string& text) { teller_.tell("refused", text); }) {}
  ~Front() override { stop(); }

  Status begin(const Endpoint& endpoint) {
    wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_) return errno_error("make an event", errno);
    ASSIGN_OR_RETURN(listener_, listen_tcp(endpoint));
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
      return Error{Errc::kResourceExhausted, fmt::format("start a thread: {}", error.what())};
    }
    return ok();
  }

  void close() override {
    closed_ = true;
    wake();
  }

  void stop() override {
    close();
    if (!thread_.joinable()) return;
    // Answers still go out meanwhile.
    std::vector<Party*> parties;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [caller, party] : parties_) parties.push_back(party.get());
    }
    const auto deadline = std::chrono::system_clock::now() + kShutdown;
    for (Party* party : parties) party->stop(deadline);
    stopped_ = true;
    wake();
    thread_.join();
    connections_.clear();
    parties_.clear();
  }

 private:
  void wake() {
    const uint64_t one = 1;
    while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
  }

  void run() {
    Clock::time_point looked{}, judged{};
    std::vector<pollfd> events;
    while (!stopped_) {
      if (closed_) listener_.reset();
      bool at_once = false;
      events.assign({{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}});
      for (const Connection& one : connections_) {
        const auto waits = one.pipe.waits();
        events.insert(events.end(), waits.begin(), waits.end());
        at_once = at_once || one.pipe.has_more();
      }
      ::poll(events.data(), events.size(), at_once ? 0 : static_cast<int>(kLook.count()));
      if (events[0].revents != 0) {
        uint64_t count = 0;
        (void)!::read(wake_.get(), &count, sizeof count);
      }
      size_t at = 2;
      for (auto one = connections_.begin(); one != connections_.end(); at += 2) {
        const bool ready = events[at].revents != 0 || events[at + 1].revents != 0;
        if (ready || one->pipe.has_more()) step(*one);
        one = one->pipe.state() == TlsPipe::State::kEnded ? forget(one) : std::next(one);
      }
      if (events[1].revents != 0 && listener_) accept_some();
      const Clock::time_point now = Clock::now();
      if (now - looked < kLook) continue;
      looked = now;
      // The list may have come by a call (Trust.PutRevocations), which nobody need find twice.
      const bool changed = identity_->refresh() || identity_->changes() != seen_changes_;
      seen_changes_ = identity_->changes();
      if (changed || now - judged >= kJudgement) {
        judged = now;
        judge(changed);
        tell_trouble();
      }
      end_slow(now);
      refusals_.settle(now);
    }
  }

  void accept_some() {
    for (int i = 0; i < kMostAccepted; ++i) {
      Fd net(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!net) {
        // Out of descriptors: those who have proven nothing make room.
        if (errno == EMFILE || errno == ENFILE) drop_oldest();
        return;
      }
      if (connections_.size() >= kMostConnections || unproven_ >= kMostUnproven) drop_oldest();
      if (connections_.size() >= kMostConnections) continue;  // closed without a word
      const std::string address = peer_address(net.get());
      set_patience(net.get(), kGone);
      Result<std::unique_ptr<pki::Session>> session = identity_->serve(net.get());
      if (!session) continue;
      connections_.push_back(
          {TlsPipe(std::move(net), *std::move(session)), address, Clock::now(), nullptr});
      ++unproven_;
    }
  }

  /// Of those who have not proven who they are.
  void drop_oldest() {
    for (auto one = connections_.begin(); one != connections_.end(); ++one) {
      if (one->party != nullptr) continue;
      refusals_.note(one->address, "nobody", "too many that have not said who they are");
      one->pipe.end();
      forget(one);
      return;
    }
  }

  using Connections = std::list<Connection>;
  Connections::iterator forget(Connections::iterator one) {
    if (one->party != nullptr) {
      --one->party->connections;
    } else {
      --unproven_;
    }
    return connections_.erase(one);
  }

  void step(Connection& one) {
    const TlsPipe::State state = one.pipe.step();
    const pki::Session& session = one.pipe.session();
    if (state == TlsPipe::State::kProven) {
      admit(one);
    } else if (state == TlsPipe::State::kEnded && one.party == nullptr) {
      const std::string& refused = session.peer().refused;
      const std::string failure =
          session.failure().empty() ? "it went before it said who it is" : session.failure();
      refusals_.note(one.address, session.peer().text, refused.empty() ? failure : refused);
    }
  }

  void admit(Connection& one) {
    const pki::Shown& peer = one.pipe.session().peer();
    const Caller caller = caller_of(peer.subject);
    Party* party = find_party(caller);
    int ends[2];
    if (party == nullptr || party->connections >= kMostOfOne ||
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      refusals_.note(one.address, peer.text, "too many connections");
      one.pipe.end();
      return;
    }
    one.party = party;
    ++party->connections;
    --unproven_;
    party->serve(Fd(ends[0]), one.address);
    one.pipe.open(Fd(ends[1]));
    one.pipe.step();
  }

  Party* find_party(const Caller& caller) {
    const std::lock_guard lock(mutex_);
    if (closed_) return nullptr;
    std::unique_ptr<Party>& party = parties_[caller];
    if (!party) {
      Result<std::unique_ptr<Party>> started = Party::start(caller, host_, refusals_);
      if (started) party = *std::move(started);
    }
    return party.get();
  }

  /// Ends what those have open who were good and are so no more. `all`: the files have changed;
  /// else those whose time is over.
  void judge(bool all) {
    const int64_t now_s = std::time(nullptr);
    for (Connection& one : connections_) {
      if (one.party == nullptr || (!all && one.pipe.session().peer().until >= now_s)) continue;
      const pki::Shown now = identity_->judge(one.pipe.session().shown_certificate());
      if (now.refused.empty()) continue;
      refusals_.note(one.address, now.text, now.refused);
      one.pipe.end();
    }
  }

  void tell_trouble() {
    std::string trouble = identity_->trouble();
    if (trouble == trouble_) return;
    trouble_ = std::move(trouble);
    teller_.tell("identity", trouble_.empty() ? "all is well with its certificates" : trouble_);
  }

  void end_slow(Clock::time_point now) {
    for (auto one = connections_.begin(); one != connections_.end();) {
      const bool slow = one->party == nullptr && now - one->since > kHandshake;
      if (slow) {
        refusals_.note(one->address, "nobody",
                       fmt::format("it did not say who it is within {} s", kHandshake.count()));
        one->pipe.end();
      }
      one = one->pipe.state() == TlsPipe::State::kEnded ? forget(one) : std::next(one);
    }
  }

  const std::shared_ptr<pki::Identity> identity_;
  Host& host_;
  Teller teller_;
  Refusals refusals_;
  std::mutex mutex_;  // of parties_
  std::map<Caller, std::unique_ptr<Party>> parties_;
  Connections connections_;  // oldest first
  size_t unproven_ = 0;
  std::string trouble_;
  uint64_t seen_changes_ = 0;
  Fd listener_, wake_;
  std::atomic<bool> closed_ = false, stopped_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<TlsServer>> TlsServer::start(const Endpoint& endpoint,
                                                    std::shared_ptr<pki::Identity> identity,
                                                    Host& host) {
  auto front = std::make_unique<Front>(std::move(identity), host);
  TRY(front->begin(endpoint));
  return std::unique_ptr<TlsServer>(std::move(front));
}

}  // namespace vinet::rpc
