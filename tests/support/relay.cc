// relay: a machine of a fleet as its controller sees it, and the faults of messages in between
// (faults.md F-80). It listens over TLS as that machine, whose identity it has, and hands every
// call on to the machine itself, as the controller. One call of a round it treats:
//
//   relay LISTEN SERVER_IDENTITY TARGET CALLER_IDENTITY PLAN LOG
//
//   PLAN, a file, read at every call: ROUND CLASS N KIND. A new ROUND counts from 1. CLASS: order
//   (what changes something) or report. KIND of the N-th:
//     lost        it does not come to the machine          unanswered  it does; its answer is lost
//     doubled     it comes twice                           again       a copy comes after the next
//     one late        it comes after the next one, when its caller has given it up; or 3 s later
//   LOG gets `ROUND N KIND CALL` for each call of CLASS, with `-` for KIND where it was left alone.
//
// A report that is late is answered after 4 s.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <thread>

#include "rpc/client.h"
#include "rpc/tls_server.h"

namespace vinet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

struct Treatment {
  std::string round, klass, kind;
  uint64_t n = 0;
};

/// What to do with the calls, and which of them are held back.
class Faults {
 public:
  Faults(std::string plan, std::string log) : plan_(std::move(plan)), log_(std::move(log)) {}

  /// Of the call that comes now; `-`: hand it on.
  std::string kind_of(const std::string& klass, const std::string& call) {
    const std::lock_guard lock(mutex_);
    Treatment now;
    std::ifstream(plan_) >> now.round >> now.klass >> now.n >> now.kind;
    if (now.round != round_) {
      round_ = now.round;
      count_ = 0;
    }
    if (klass != now.klass) return "-";
    const std::string kind = ++count_ == now.n ? now.kind : "-";
    std::ofstream(log_, std::ios::app) << fmt::format("{} {} {} {}\n", round_, count_, kind, call);
    return kind;
  }

  void hold(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    held_.push_back({steady_clock::now() + seconds(3), std::move(call)});
  }
  /// Those that were held back before `until`, now.
  void let_go(steady_clock::time_point until = steady_clock::time_point::max()) {
    std::vector<std::function<void()>> calls;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(held_, [&](Held& one) {
        if (one.due > until) return false;
        calls.push_back(std::move(one.call));
        return true;
      });
    }
    for (const auto& call : calls) call();
  }

 private:
  struct Held {
    steady_clock::time_point due;
    std::function<void()> call;
  };
  const std::string plan_, log_;
  std::mutex mutex_;
  std::string round_;
  uint64_t count_ = 0;
  std::vector<Held> held_;
};

Error no_answer(const std::string& call) {
  return {Errc::kUnavailable, call + ": the message was lost", 0};
}

class Relay final : public fleet::Member {
 public:
  Relay(fleet::Member& to, Faults& faults) : to_(to), faults_(faults) {}

  Result<fleet::MemberReport> report() override {
    const std::string kind = faults_.kind_of("report", "report");
    if (kind == "lost") return no_answer("report");
    auto said = to_.report();
    if (kind == "late") std::this_thread::sleep_for(seconds(4));
    if (kind == "unanswered") return no_answer("report");
    return said;
  }
  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes, milliseconds patience) override {
    return call<Status>("prepare",
                        [=, this] { return to_.prepare(order, puts, removes, patience); });
  }
  Result<machine::ApplyReport> commit(const fleet::Order& order, const machine::Options&) override {
    return call<Result<machine::ApplyReport>>("commit",
                                              [=, this] { return to_.commit(order, {}); });
  }
  Status abort(const fleet::Order& order) override {
    return call<Status>("abort", [=, this] { return to_.abort(order); });
  }
  Result<machine::ApplyReport> put(const fleet::Order& order,
                                   const std::vector<fleet::Holding>& holdings,
                                   const machine::Options&) override {
    return call<Result<machine::ApplyReport>>("put",
                                              [=, this] { return to_.put(order, holdings, {}); });
  }
  Result<machine::ApplyReport> remove(const fleet::Order& order,
                                      const std::vector<std::string>& owners,
                                      const machine::Options&) override {
    return call<Result<machine::ApplyReport>>("remove",
                                              [=, this] { return to_.remove(order, owners, {}); });
  }
  Status renew(const fleet::Order& order, const std::string& owner,
               std::optional<uint64_t> lease_s) override {
    return call<Status>("renew", [=, this] { return to_.renew(order, owner, lease_s); });
  }
  Result<std::shared_ptr<machine::Machine>> machine() override { return to_.machine(); }

 private:
  template <typename Answer, typename Act>
  Answer call(const std::string& name, Act act) {
    const std::string kind = faults_.kind_of("order", name);
    const auto later = [act] { (void)act(); };
    if (kind == "lost") return no_answer(name);
    if (kind == "late") {
      faults_.hold(later);
      return no_answer(name);
    }
    Answer answer = act();
    if (kind == "doubled") answer = act();
    faults_.let_go();
    if (kind == "again") faults_.hold(later);
    if (kind == "unanswered") return no_answer(name);
    return answer;
  }

  fleet::Member& to_;
  Faults& faults_;
};

class RelayWorld final : public control::World {
 public:
  RelayWorld(rpc::Client& client, std::shared_ptr<machine::Machine> machine)
      : client_(client), machine_(std::move(machine)) {}
  machine::Machine& machine() override { return *machine_; }
  control::Controller& controller() override { return client_.controller(); }
  const std::string& state_directory() const override { return directory_; }

 private:
  rpc::Client& client_;
  const std::shared_ptr<machine::Machine> machine_;
  const std::string directory_;
};

class RelayHost final : public rpc::Host {
 public:
  RelayHost(rpc::Client& client, Faults& faults, std::shared_ptr<pki::Identity> identity)
      : client_(client), relay_(client.member(), faults), identity_(std::move(identity)) {}
  std::unique_ptr<control::World> open() override {
    return std::make_unique<RelayWorld>(client_, *client_.member().machine());
  }
  rpc::DaemonStatus status() override { return {}; }
  std::vector<control::RunState> runs() override { return {}; }
  fleet::Member* member() override { return &relay_; }
  Result<rpc::Program> start_program(const rpc::ProgramRequest&) override {
    return Error{Errc::kUnimplemented, "the relay runs no programs", 0};
  }
  bool begin_work() override { return true; }
  bool end_work() override { return false; }
  std::shared_ptr<pki::Identity> identity() override { return identity_; }

 private:
  rpc::Client& client_;
  Relay relay_;
  const std::shared_ptr<pki::Identity> identity_;
};

int fail(const Error& error) {
  std::cerr << "relay: " << error.message << "\n";
  return 1;
}

std::atomic<bool> ends = false;

int work(const std::vector<std::string>& words) {
  auto client = rpc::Client::dial(words[2], words[3]);
  if (!client) return fail(client.error());
  auto identity = pki::Identity::load(words[1]);
  if (!identity) return fail(identity.error());
  const auto endpoint = rpc::parse_endpoint(words[0]);
  if (!endpoint) return fail(endpoint.error());
  Faults faults(words[4], words[5]);
  RelayHost host(**client, faults, *identity);
  const auto server = rpc::TlsServer::start(*endpoint, *identity, host);
  if (!server) return fail(server.error());
  while (!ends) {
    std::this_thread::sleep_for(milliseconds(100));
    faults.let_go(steady_clock::now());
  }
  (*server)->close();
  (*server)->stop();
  return 0;
}

}  // namespace
}  // namespace vinet

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  std::signal(SIGTERM, [](int) { vinet::ends = true; });
  std::signal(SIGPIPE, SIG_IGN);
  return vinet::work({argv + 1, argv + argc});
}
