// The keeper's thread of a machine of a fleet: it mends, follows routes, keeps programs, and lets
// go before a change.
#include "member/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "unit/member/member_fixture.h"

namespace vinet::member {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

/// Processes that are numbers.
class FakeLauncher final : public control::Launcher {
 public:
  Result<pid_t> start(const std::string& node, const std::string& command) override {
    const std::lock_guard lock(mutex);
    running[node] = command;
    return ++last;
  }
  std::optional<control::ProcessEnd> ended(pid_t pid) override {
    const std::lock_guard lock(mutex);
    if (!asked.contains(pid)) return std::nullopt;
    return "signal 15";
  }
  void end(pid_t pid, bool) override {
    const std::lock_guard lock(mutex);
    asked.insert(pid);
    running.clear();
  }
  std::map<std::string, std::pair<pid_t, std::string>> find() override { return {}; }
  std::map<std::string, std::string> now() {
    const std::lock_guard lock(mutex);
    return running;
  }

  std::mutex mutex;
  std::map<std::string, std::string> running;
  std::set<pid_t> asked;
  pid_t last = 100;
};

/// A machine whose calls, from several threads, come one after the other.
class LockedMachine final : public control::FakeMachine {
 public:
  Result<machine::ApplyReport> apply(const std::vector<slice::Slice>& want,
                                     const machine::Options& options) override {
    const std::lock_guard lock(mutex);
    return FakeMachine::apply(want, options);
  }
  Result<machine::ApplyReport> remove(const std::string& owner,
                                      const std::vector<std::string>& names,
                                      const machine::Options& options) override {
    const std::lock_guard lock(mutex);
    return FakeMachine::remove(owner, names, options);
  }
  void watch_routes(const std::set<std::string>& nodes) override {
    const std::lock_guard lock(mutex);
    watched = nodes;
  }
  std::set<std::string> take_changed_routes() override {
    const std::lock_guard lock(mutex);
    return std::exchange(changed_routes, {});
  }
  std::mutex mutex;
};

class MemberKeeperTest : public MemberTest {
 protected:
  MemberKeeperTest() {
    LocalMember::Parts parts;
    parts.open = [this] { return std::shared_ptr<machine::Machine>(&locked, [](auto*) {}); };
    store = std::make_unique<Store>(scratch.path());
    parts.store = store.get();
    parts.surroundings = surroundings();
    member = std::make_unique<LocalMember>(std::move(parts));
    keeper = std::make_unique<Keeper>(*member, launcher, [] { return true; });
    thread = std::thread([this] { keeper->run(); });
  }
  ~MemberKeeperTest() override {
    keeper->stop();
    thread.join();
    keeper.reset();
    member.reset();
  }
  template <typename Is>
  static bool soon(Is is) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!is() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(5ms);
    return is();
  }
  template <typename Look>
  auto with_machine(Look look) {
    const std::lock_guard lock(locked.mutex);
    return look();
  }

  LockedMachine locked;
  FakeLauncher launcher;
  std::unique_ptr<Keeper> keeper;
  std::thread thread;
};

TEST_F(MemberKeeperTest, KeepsProgramsForAsLongAsTheirNodesAreHeld) {
  ASSERT_TRUE(
      member->put(order(1), {base_holding(), internet_holding("line", {.run = "serve"})}, {}));
  EXPECT_TRUE(soon([&] { return launcher.now().contains("line.A0"); }));
  EXPECT_TRUE(soon([&] {
    const auto runs = member->report()->runs;
    return runs.size() == 1 && runs[0].state == "running" && runs[0].command == "serve";
  }));
  ASSERT_TRUE(member->remove(order(2), {"line", "fleet"}, {}));
  EXPECT_TRUE(soon([&] { return launcher.now().empty() && member->report()->runs.empty(); }));
}

TEST_F(MemberKeeperTest, MendsWhatIsRemovedWithinSeconds) {
  ASSERT_TRUE(member->put(order(1), {base_holding(), internet_holding("line")}, {}));
  with_machine([&] { return locked.held.erase("line"); });
  EXPECT_TRUE(soon([&] { return with_machine([&] { return locked.held.contains("line"); }); }));
}

TEST_F(MemberKeeperTest, FollowsTheRoutesOfLowerNodesAndLetsGoBeforeAChange) {
  ASSERT_TRUE(member->put(order(1),
                          {base_holding(), internet_holding("line"),
                           internet_holding("top", {.on = "line", .link_address = 50})},
                          {}));
  const auto watched = [&] { return with_machine([&] { return locked.watched; }); };
  EXPECT_TRUE(soon([&] { return watched() == std::set<std::string>{"line.A0"}; }));
  with_machine([&] {
    locked.held["top"].clear();  // what the lower node's routes make of it is another
    locked.changed_routes = {"line.A0"};
    return 0;
  });
  EXPECT_TRUE(soon([&] {
    return with_machine([&] { return locked.looked_at["top"]; }) == std::set<std::string>{"top.A0"};
  }));
}

}  // namespace
}  // namespace vinet::member
