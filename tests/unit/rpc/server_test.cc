// A server and its clients over a real socket, with a world that is made of answers.
//
//   test --> Client ==socket==> Server --> ScriptedHost --> FakeController, FakeMachine
//
// faults.md F-85: callers who say nonsense, do not read, or are many, hold up nobody.
#include "rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>

#include "rpc/client.h"
#include "rpc/socket.h"
#include "unit/control/fake_machine.h"
#include "unit/rpc/fake_world.h"

namespace vinet::rpc {
namespace {

using control::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// What the controllers of all calls share.
struct Script {
  std::mutex mutex;
  std::condition_variable changed;
  bool hold = false;  // `up` waits until this is false, or it is stopped
  size_t notes = 0;   // that `up` sends before it ends
  size_t started = 0, ended = 0;
  bool was_stopped = false;
  std::vector<std::string> sources;

  void release() {
    const std::lock_guard lock(mutex);
    hold = false;
    changed.notify_all();
  }
  template <typename Is>
  bool wait_for(Is is) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, is);
  }
};

class FakeController final : public IdleController {
 public:
  explicit FakeController(Script& script) : script_(script) {}
  Result<std::vector<Outcome>> up(const control::Description& description,
                                  const control::Options& options,
                                  Diagnostics& diagnostics) override {
    std::unique_lock lock(script_.mutex);
    ++script_.started;
    for (const Source& source : description.texts.sources) script_.sources.push_back(source.text);
    script_.changed.notify_all();
    while (script_.hold && !(options.stop && options.stop())) {
      script_.changed.wait_for(lock, 5ms);
    }
    script_.was_stopped = options.stop && options.stop();
    if (options.progress) options.progress("links", 3, 4);
    for (size_t i = 0; i < script_.notes; ++i) options.note(std::string(10'000, 'n'));
    ++script_.ended;
    script_.changed.notify_all();
    if (script_.was_stopped) return Error{Errc::kCancelled, "interrupted", 4};
    diagnostics.warning({3, 5}, "look here", "do that");
    Outcome outcome{"fig", true, Outcome::What::kRepaired, {}};
    outcome.report.created = 2;
    outcome.report.changes = {"make namespace fig.A"};
    return std::vector<Outcome>{outcome};
  }
  Result<std::vector<Outcome>> down(const control::DownRequest& request,
                                    const control::Options&) override {
    std::vector<Outcome> gone;
    for (const std::string& name : request.names) {
      gone.push_back({name, false, Outcome::What::kRemoved, {}});
    }
    if (gone.empty()) return Error{Errc::kNotFound, std::string(20'000, 'x')};
    return gone;
  }
  Result<control::State> bases(std::vector<std::string>& damaged) override {
    ASSIGN_OR_RETURN(control::State all, state(damaged));
    return control::State{all.bases, {}, {}};
  }
  Result<control::State> state(std::vector<std::string>& damaged) override {
    damaged.push_back("a line");
    return control::State();
  }
  Result<std::vector<std::string>> leftovers() override { return std::vector<std::string>{"old"}; }
  Result<std::vector<Outcome>> repair(const control::Options&) override {
    return std::vector<Outcome>();
  }
  Result<std::vector<std::string>> recover(const std::string&, const control::Options&) override {
    return std::vector<std::string>{"gone back"};
  }
  Result<uint64_t> renew(const std::string& name, std::optional<uint64_t> lease_s,
                         const control::Options&) override {
    if (name != "fig") return Error{Errc::kNotFound, "no " + name};
    return lease_s.value_or(7);
  }
  Result<std::vector<control::Event>> events(uint64_t after, uint64_t) override {
    return std::vector<control::Event>{{after + 1, 5, "up", "fig", "text"}};
  }
  Result<std::vector<control::RunState>> runs() override {
    return std::vector<control::RunState>();
  }

 private:
  Script& script_;
};

class FakeWorld final : public control::World {
 public:
  explicit FakeWorld(Script& script) : controller_(script) {}
  machine::Machine& machine() override { return machine_; }
  control::Controller& controller() override { return controller_; }
  const std::string& state_directory() const override { return directory_; }

 private:
  control::FakeMachine machine_;
  FakeController controller_;
  std::string directory_ = "/nowhere";
};

class ScriptedHost final : public Host {
 public:
  std::unique_ptr<control::World> open() override { return std::make_unique<FakeWorld>(script); }
  DaemonStatus status() override { return {77, "1.2", 3, true, "trouble", false, "", "", ""}; }
  std::vector<control::RunState> runs() override {
    control::RunState run;
    run.node = "fig.A";
    run.is = control::RunState::Is::kFailing;
    run.next_try = 1500ms;
    return {run};
  }
  Result<Program> start_program(const ProgramRequest& request) override {
    return Program::spawn("/usr/bin/env", {"env", "true"}, request);
  }
  bool begin_work() override { return !ending; }
  bool end_work() override { return ending = ends; }
  Script script;
  bool ends = false;
  std::atomic<bool> ending = false;
};

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/vinet-server-XXXXXX";
    directory = ::mkdtemp(name);
    auto started = Server::start({path(), std::nullopt}, host);
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }
  void TearDown() override {
    host.script.release();
    server.reset();
    std::filesystem::remove_all(directory);
  }
  std::string path() const { return directory + "/vinet.sock"; }
  std::unique_ptr<Client> client() { return Client::over(*connect(path())); }
  static control::Description description() {
    control::Description description;
    description.texts.sources = {{"fig.vinet", "base lab { machine X }"}};
    return description;
  }

  std::string directory;
  ScriptedHost host;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, UpTellsItsProgressAndItsOutcomes) {
  std::vector<std::string> stages;
  control::Options options;
  options.progress = [&](const std::string& stage, size_t done, size_t total) {
    stages.push_back(stage + " " + std::to_string(done) + "/" + std::to_string(total));
  };
  Diagnostics diagnostics;
  const auto outcomes = client()->controller().up(description(), options, diagnostics);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  ASSERT_EQ(outcomes->size(), 1U);
  EXPECT_EQ(outcomes->front().what, Outcome::What::kRepaired);
  EXPECT_EQ(outcomes->front().report.created, 2U);
  EXPECT_THAT(outcomes->front().report.changes, ElementsAre("make namespace fig.A"));
  EXPECT_THAT(stages, ElementsAre("links 3/4"));
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_EQ(diagnostics.all().front().span, (Span{3, 5}));
  EXPECT_THAT(host.script.sources, ElementsAre("base lab { machine X }"));
}

TEST_F(ServerTest, ASocketThatSomebodyRemovesIsMadeAgain) {
  const auto before = client();
  std::filesystem::remove(path());
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!connect(path()) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
  }
  ASSERT_TRUE(connect(path()));
  EXPECT_TRUE(client()->status());
  EXPECT_TRUE(before->status()) << "who was connected still is";
}

TEST_F(ServerTest, ErrorsKeepTheirCodeAndTheirLength) {
  const auto outcomes = client()->controller().down({}, {});
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Errc::kNotFound);
  EXPECT_EQ(outcomes.error().message.size(), 20'000U);
}

TEST_F(ServerTest, AnInterruptStopsTheWork) {
  host.script.hold = true;
  std::atomic<bool> stop = false;
  control::Options options;
  options.stop = [&] { return stop.load(); };
  std::thread interrupter([&] {
    host.script.wait_for([&] { return host.script.started == 1; });
    stop = true;
  });
  Diagnostics diagnostics;
  const auto outcomes = client()->controller().up(description(), options, diagnostics);
  interrupter.join();
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Errc::kCancelled);
  EXPECT_EQ(outcomes.error().sys_errno, 4);
}

// faults.md F-06: the daemon owns the work.
TEST_F(ServerTest, ALostCallerDoesNotStopTheWork) {
  host.script.hold = true;
  Fd connected = *connect(path());
  const Fd wire(::dup(connected.get()));
  std::thread caller([&] {
    Diagnostics diagnostics;
    const auto lost =
        Client::over(std::move(connected))->controller().up(description(), {}, diagnostics);
    EXPECT_FALSE(lost);
  });
  EXPECT_TRUE(host.script.wait_for([&] { return host.script.started == 1; }));
  ::shutdown(wire.get(), SHUT_RDWR);
  caller.join();
  host.script.release();
  EXPECT_TRUE(host.script.wait_for([&] { return host.script.ended == 1; }));
  EXPECT_FALSE(host.script.was_stopped);
}

TEST_F(ServerTest, ADaemonThatIsAskedToEndDoesNotCallItsWorkInterrupted) {
  host.script.hold = true;
  std::thread caller([&] {
    Diagnostics diagnostics;
    const auto lost = client()->controller().up(description(), {}, diagnostics);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Errc::kUnavailable);
    EXPECT_THAT(lost.error().message, HasSubstr("is finished or undone when it runs again"));
    host.script.release();
  });
  EXPECT_TRUE(host.script.wait_for([&] { return host.script.started == 1; }));
  server->stop();
  server.reset();
  EXPECT_EQ(host.script.ended, 1U) << "it ends when its work is done";
  caller.join();
  EXPECT_FALSE(host.script.was_stopped);
}

TEST_F(ServerTest, EverythingElseGoesThroughToo) {
  const auto c = client();
  std::vector<std::string> damaged;
  EXPECT_TRUE(c->controller().state(damaged)->empty());
  EXPECT_THAT(damaged, ElementsAre("a line"));
  EXPECT_THAT(*c->controller().leftovers(), ElementsAre("old"));
  EXPECT_THAT(*c->controller().recover("", {}), ElementsAre("gone back"));
  EXPECT_EQ(*c->controller().renew("fig", std::nullopt, {}), 7U);
  EXPECT_EQ(*c->controller().renew("fig", 9, {}), 9U);
  EXPECT_EQ(c->controller().renew("fog", 9, {}).error().code, Errc::kNotFound);
  EXPECT_EQ(c->controller().events(41, 10)->front().id, 42U);
  const auto runs = c->controller().runs();
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().next_try, 1500ms);
  const auto status = c->status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->pid, 77);
  EXPECT_EQ(status->trouble, "trouble");
  EXPECT_TRUE(c->machine().list_owners());
  EXPECT_TRUE(c->machine().inventory());
}

TEST_F(ServerTest, ChecksAndCanariesGoThroughWithAllThatTheyFound) {
  slice::Slice slice;
  slice.owner = "fig";
  slice.machine = "lab.X";
  control::FakeMachine local;
  const machine::CheckRequest check{{slice, slice}, {"fig", "lab"}};
  const auto c = client();
  const auto checked = c->machine().check(check, {});
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->findings, local.check(check, {})->findings);
  EXPECT_EQ(checked->compared, local.check(check, {})->compared);
  const machine::CanaryRequest canary{{slice}, {"fig"}};
  const auto sent = c->machine().canary(canary, {});
  ASSERT_TRUE(sent) << sent.error().message;
  const auto expected = local.canary(canary, {});
  EXPECT_EQ(sent->findings, expected->findings);
  EXPECT_EQ(sent->kinds, expected->kinds);
  EXPECT_EQ(sent->sampled, expected->sampled);
  EXPECT_EQ(sent->nodes, 1U);
  EXPECT_EQ(sent->listened, 4U);
}

TEST_F(ServerTest, ADaemonThatEndsSaysSoAndTakesNoMoreWork) {
  host.ends = true;
  const auto c = client();
  control::DownRequest request;
  request.names = {"fig"};
  EXPECT_TRUE(c->controller().down(request, {}));
  EXPECT_TRUE(c->daemon_ends());
  const auto refused = client()->controller().down(request, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
}

TEST_F(ServerTest, NonsenseOnTheSocketHarmsNobody) {
  std::mt19937 random(7);  // the same nonsense every time
  for (int round = 0; round < 200; ++round) {
    const auto bad = connect(path());
    ASSERT_TRUE(bad);
    std::string bytes(random() % 4000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (round % 2 == 1) bytes.insert(0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    (void)::send(bad->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  EXPECT_TRUE(client()->status());
}

TEST_F(ServerTest, AThousandSilentConnectionsLeaveOthersServed) {
  rlimit limit{8192, 8192};
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) GTEST_SKIP() << "cannot raise the descriptor limit";
  std::vector<Fd> silent;
  for (int i = 0; i < 1000; ++i) {
    auto fd = connect(path());
    ASSERT_TRUE(fd) << i;
    silent.push_back(*std::move(fd));
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(client()->status());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

}  // namespace
}  // namespace vinet::rpc
