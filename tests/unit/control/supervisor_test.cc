// The supervisor with processes that are entries of a map, and a clock that is a number.
#include "control/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vinet::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Clock = Supervisor::Clock;

class FakeLauncher : public Launcher {
 public:
  std::map<pid_t, std::optional<ProcessEnd>> processes;
  std::vector<std::string> started, asked;
  std::map<std::string, std::pair<pid_t, std::string>> left_by_others;
  bool refuses = false;

  Result<pid_t> start(const std::string& node, const std::string& command) override {
    if (refuses) return Error{Errc::kInternal, "no"};
    started.push_back(node + ": " + command);
    processes[++last_] = std::nullopt;
    return last_;
  }
  std::optional<ProcessEnd> ended(pid_t pid) override { return processes.at(pid); }
  void end(pid_t pid, bool force) override {
    asked.push_back(std::to_string(pid) + (force ? " KILL" : " TERM"));
    if (force || !stubborn) processes[pid] = "signal";
  }
  std::map<std::string, std::pair<pid_t, std::string>> find() override { return left_by_others; }
  bool stubborn = false;

 private:
  pid_t last_ = 100;
};

class SupervisorTest : public ::testing::Test {
 protected:
  void tick(milliseconds later = milliseconds(0)) {
    now += later;
    supervisor.tick(now);
  }
  RunState state() {
    const std::vector<RunState> states = supervisor.states(now);
    EXPECT_EQ(states.size(), 1U);
    return states.empty() ? RunState() : states.front();
  }
  FakeLauncher launcher;
  std::vector<std::string> told;
  Supervisor supervisor{
      launcher, [this](const std::string& node, const std::string& kind, const std::string&) {
        told.push_back(node + " " + kind);
      }};
  Clock::time_point now{};
};

TEST_F(SupervisorTest, StartsWhatIsWantedOnce) {
  supervisor.want({{"v.a", "sleep 9"}}, now);
  tick();
  tick(seconds(100));
  EXPECT_THAT(launcher.started, ElementsAre("v.a: sleep 9"));
  EXPECT_EQ(state().is, RunState::Is::kRunning);
  EXPECT_EQ(state().pid, 101);
  EXPECT_THAT(told, ElementsAre("v.a run-started"));
}

// faults.md F-09
TEST_F(SupervisorTest, PausesGrowFromOneSecondToThirty) {
  supervisor.want({{"v.a", "false"}}, now);
  tick();
  for (const int pause_s : {1, 2, 4, 8, 16, 30, 30}) {
    launcher.processes.rbegin()->second = "exit code 1";
    tick();
    EXPECT_EQ(state().is, RunState::Is::kFailing);
    EXPECT_EQ(state().last_end, "exit code 1");
    EXPECT_EQ(state().next_try, seconds(pause_s));
    const size_t before = launcher.started.size();
    tick(seconds(pause_s) - milliseconds(1));
    EXPECT_EQ(launcher.started.size(), before);
    tick(milliseconds(1));
    EXPECT_EQ(launcher.started.size(), before + 1);
  }
}

TEST_F(SupervisorTest, ALongRunForgivesThePast) {
  supervisor.want({{"v.a", "x"}}, now);
  tick();
  launcher.processes.rbegin()->second = "exit code 1";
  tick();
  tick(seconds(1));
  tick(Supervisor::kGood);
  launcher.processes.rbegin()->second = "signal 9";
  tick();
  EXPECT_EQ(state().next_try, seconds(1));
}

TEST_F(SupervisorTest, AStartThatFailsIsTriedAgain) {
  launcher.refuses = true;
  supervisor.want({{"v.a", "x"}}, now);
  tick();
  EXPECT_EQ(state().is, RunState::Is::kFailing);
  launcher.refuses = false;
  tick(seconds(1));
  EXPECT_EQ(state().is, RunState::Is::kRunning);
}

TEST_F(SupervisorTest, WhatIsNotWantedIsAskedThenForced) {
  launcher.stubborn = true;
  supervisor.want({{"v.a", "x"}}, now);
  tick();
  supervisor.want({}, now);
  tick();
  EXPECT_THAT(launcher.asked, ElementsAre("101 TERM"));
  tick(Supervisor::kGrace);
  EXPECT_THAT(launcher.asked, ElementsAre("101 TERM", "101 KILL"));
  tick();
  EXPECT_THAT(supervisor.states(now), IsEmpty());
  tick(seconds(60));
  EXPECT_EQ(launcher.started.size(), 1U);
}

TEST_F(SupervisorTest, AnotherCommandReplacesTheOld) {
  supervisor.want({{"v.a", "old"}}, now);
  tick();
  for (int i = 0; i < 3; ++i) {
    supervisor.want({{"v.a", "new"}}, now);
    tick();
  }
  EXPECT_THAT(launcher.started, ElementsAre("v.a: old", "v.a: new"));
  EXPECT_EQ(state().command, "new");
}

TEST_F(SupervisorTest, WhatAnEarlierDaemonStartedIsTakenOver) {
  launcher.processes[55] = std::nullopt;
  launcher.left_by_others = {{"v.a", {55, "x"}}};
  supervisor.adopt(now);
  supervisor.want({{"v.a", "x"}}, now);
  tick();
  EXPECT_THAT(launcher.started, IsEmpty());
  EXPECT_EQ(state().pid, 55);
}

TEST_F(SupervisorTest, WhatAnEarlierDaemonStartedAndNobodyWantsIsEnded) {
  launcher.processes[55] = std::nullopt;
  launcher.left_by_others = {{"v.a", {55, "x"}}};
  supervisor.adopt(now);
  supervisor.want({}, now);
  EXPECT_THAT(launcher.asked, ElementsAre("55 TERM"));
}

}  // namespace
}  // namespace vinet::control
