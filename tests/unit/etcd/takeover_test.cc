// Controllers of a fleet with one state in an etcd: each is paused at every call that it makes, or
// killed there, and another takes over meanwhile.
//
//     a --+-- etcd       a, b --+-- x (192.0.2.1)      A at x, B at y
//     b --+                     +-- y (192.0.2.2)
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/daemon_fleets.h"
#include "etcd/etcd_store.h"
#include "fleet/view.h"
#include "unit/control/fake_member.h"
#include "unit/control/scratch.h"
#include "unit/etcd/fake_etcd.h"
#include "unit/etcd/faulty.h"

namespace vinet::etcd {
namespace {

using control::FakeDaemon;
using control::FakeMember;
using control::graph_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kFleet =
    "base fleet {\n  machine x [daemon = \"192.0.2.1:7411\"]\n"
    "  machine y [daemon = \"192.0.2.2:7411\"]\n}\n";
const std::string kLine = "internet line on fleet {\n  host A at x\n  host B at y\n  A -- B\n}\n";
const std::string kLonger =
    "internet line on fleet {\n  host A at x\n  host B at y\n  host D at y\n  A -- B -- D\n}\n";

/// The wire of one controller to a machine: `before` every call, one call at a time.
class Wire final : public fleet::Member {
 public:
  Wire(FakeDaemon& daemon, std::function<Status()> before, std::mutex& one_at_a_time)
      : member_(
            daemon, [](const auto&) { return ok(); }, [](const auto&) { return ok(); }),
        before_(std::move(before)),
        mutex_(one_at_a_time) {}

  Result<fleet::MemberReport> report() override {
    const std::lock_guard lock(mutex_);
    return member_.report();
  }
  Status prepare(const fleet::Order& order, const std::vector<fleet::Holding>& puts,
                 const std::vector<std::string>& removes,
                 std::chrono::milliseconds patience) override {
    const std::lock_guard lock(mutex_);
    TRY(before_());
    return member_.prepare(order, puts, removes, patience);
  }
  Result<machine::ApplyReport> commit(const fleet::Order& order,
                                      const machine::Options& options) override {
    const std::lock_guard lock(mutex_);
    TRY(before_());
    return member_.commit(order, options);
  }
  Status abort(const fleet::Order& order) override {
    const std::lock_guard lock(mutex_);
    TRY(before_());
    return member_.abort(order);
  }
  Result<machine::ApplyReport> put(const fleet::Order& order,
                                   const std::vector<fleet::Holding>& holdings,
                                   const machine::Options& options) override {
    const std::lock_guard lock(mutex_);
    TRY(before_());
    return member_.put(order, holdings, options);
  }
  Result<machine::ApplyReport> remove(const fleet::Order& order,
                                      const std::vector<std::string>& owners,
                                      const machine::Options& options) override {
    const std::lock_guard lock(mutex_);
    TRY(before_());
    return member_.remove(order, owners, options);
  }
  Status renew(const fleet::Order& order, const std::string& owner,
               std::optional<uint64_t> lease_s) override {
    const std::lock_guard lock(mutex_);
    TRY(before_());
    return member_.renew(order, owner, lease_s);
  }
  Result<std::shared_ptr<machine::Machine>> machine() override { return member_.machine(); }

 private:
  FakeMember member_;
  std::function<Status()> before_;
  std::mutex& mutex_;
};

class TakeoverTest : public ::testing::Test {
 protected:
  struct Daemon {
    Daemon(TakeoverTest& test, const std::string& endpoint)
        : way(test.etcd),
          leadership(way, "/p/leader", endpoint, [&test] { return test.clock; }),
          store(scratch.path(), way, "/p", &leadership),
          fleet([this, &test](const std::string& machine) {
            return std::make_shared<Wire>(
                test.machines[machine], [this] { return call(); }, mutex);
          }),
          view(fleet::make_view(here, fleet)),
          fleets({fleet, session, remembered}, *view, store),
          controller(*view, store, fleets) {
      way.fault = [this](size_t, const std::string&) {
        return call() ? Faulty::Fault::kNone : Faulty::Fault::kBefore;
      };
    }
    /// What happens before each call to the etcd or a machine.
    Status call() { return hook ? hook(++number) : ok(); }

    Result<std::vector<control::Outcome>> up(const std::string& text) {
      std::vector<std::string> damaged;
      const graph::Graph graph = graph_of(text, store.load_readable(damaged));
      Diagnostics diagnostics;
      return controller.up(graph, {}, diagnostics);
    }
    Result<std::vector<control::Outcome>> down() {
      control::DownRequest request;
      request.names = {"line"};
      return controller.down(request, {});
    }
    std::string tend() {
      const auto mended = controller.tend_fleets({});
      return mended ? "" : mended.error().message;
    }

    std::function<Status(size_t n)> hook;
    size_t number = 0;
    std::mutex mutex;
    control::Scratch scratch;
    Faulty way;
    Leadership leadership;
    EtcdStore store;
    control::FakeMachine here;
    fleet::Fleet fleet;
    control::Session session;
    control::Remembered remembered;
    std::unique_ptr<machine::Machine> view;
    control::DaemonFleets fleets;
    control::LocalController controller;
  };

  TakeoverTest() { anew(); }
  void anew() {
    etcd.wipe();
    machines.clear();
    for (uint32_t i = 1; i <= 2; ++i) {
      machines[fmt::format("192.0.2.{}:7411", i)].address = net::Ipv4{0xc0000200 + i};
    }
  }
  void pass(int64_t seconds) {
    clock += std::chrono::seconds(seconds);
    etcd.pass(seconds);
  }
  /// The leader's lease ends, and `next` does what a daemon does when it leads.
  void take_over(Daemon& next) {
    pass(6);
    next.leadership.step();
    ASSERT_TRUE(next.store.may_write());
    for (auto& [name, machine] : machines) machine.reserved.reset();  // it expires
    EXPECT_EQ(next.tend(), "");
  }
  std::map<std::string, std::string> digests() const {
    std::map<std::string, std::string> all;
    for (const auto& [name, machine] : machines) {
      for (const auto& [owner, kept] : machine.held) {
        all[name + " " + owner] = fleet::digest_of(kept.holding);
      }
    }
    return all;
  }
  uint64_t refused() const {
    uint64_t sum = 0;
    for (const auto& [name, machine] : machines) sum += machine.refused_old;
    return sum;
  }
  uint64_t term_at(const std::string& machine) const {
    const auto& terms = machines.at(machine).terms;
    return terms.empty() ? 0 : terms.begin()->second.first;
  }

  FakeEtcd etcd;
  std::chrono::milliseconds clock{1'000'000};
  std::map<std::string, FakeDaemon> machines;
};

// Machines hear of a new controller although it changes nothing, so that they refuse the old one.
TEST_F(TakeoverTest, F84WhoTakesOverIsHeardOfAtOnce) {
  Daemon a(*this, "a:7411"), b(*this, "b:7411");
  a.leadership.step();
  ASSERT_TRUE(a.up(kFleet + kLine));
  const auto before = digests();
  const uint64_t term = term_at("192.0.2.2:7411");
  take_over(b);
  EXPECT_GT(term_at("192.0.2.1:7411"), term);
  EXPECT_GT(term_at("192.0.2.2:7411"), term);
  EXPECT_EQ(digests(), before);
  const uint64_t now = term_at("192.0.2.2:7411");
  EXPECT_EQ(b.tend(), "");
  EXPECT_EQ(term_at("192.0.2.2:7411"), now) << "once is enough";
}

// Whoever leads again, after another did, is obeyed again.
TEST_F(TakeoverTest, LeadershipThatComesBackIsANewTerm) {
  Daemon a(*this, "a:7411"), b(*this, "b:7411");
  a.leadership.step();
  ASSERT_TRUE(a.up(kFleet + kLine));
  take_over(b);
  ASSERT_TRUE(b.up(kFleet + kLonger));
  b.leadership.resign();
  a.leadership.step();
  const auto outcomes = a.up(kFleet + kLine);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  EXPECT_EQ(refused(), 0U);
}

// faults.md F-68. An etcd that lost all counts its revisions anew: the reign is another one all the
// same.
TEST_F(TakeoverTest, AfterRecoverMachinesObey) {
  Daemon a(*this, "a:7411"), b(*this, "b:7411");
  a.leadership.step();
  ASSERT_TRUE(a.up(kFleet + kLine));
  const std::string copy = a.scratch.path() + "/copy.db";
  ASSERT_TRUE(a.store.backup(copy));
  take_over(b);
  ASSERT_TRUE(b.up(kFleet + kLonger));
  const auto before = digests();
  etcd.wipe();
  a.leadership.step();
  b.leadership.step();
  ASSERT_TRUE(a.store.may_write());
  EXPECT_THAT(a.tend(), HasSubstr("lost or replaced"));
  EXPECT_EQ(digests(), before) << "nothing is torn down";
  const auto lines = a.controller.recover(copy, {});
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(a.tend(), "");
  EXPECT_NE(digests(), before) << "it is as the copy says";
  EXPECT_EQ(refused(), 0U);
  ASSERT_TRUE(a.up(kFleet + kLonger));
}

// A lab is made where its controller is: a shared store takes none, and no copy with one.
TEST_F(TakeoverTest, LabsAreRefused) {
  Daemon a(*this, "a:7411");
  a.leadership.step();
  const auto outcomes = a.up(control::kLab + control::kLine);
  ASSERT_FALSE(outcomes);
  EXPECT_THAT(outcomes.error().message, HasSubstr("'lab' is a base of one computer"));
  EXPECT_THAT(a.here.calls, IsEmpty());
  EXPECT_TRUE(a.store.empty());
}

// F-08, F-84: paused before every call of an up, a change and a down; when it goes on, the other
// has taken over. F-02 to F-05: killed there.
struct Step {
  const char* name;
  std::string before, text;  // `text` empty: down
};
class EveryCall : public TakeoverTest,
                  public ::testing::WithParamInterface<std::tuple<size_t, bool>> {
 public:
  static const std::vector<Step>& steps() {
    static const std::vector<Step> kSteps = {{"up", "", kFleet + kLine},
                                             {"change", kFleet + kLine, kFleet + kLonger},
                                             {"down", kFleet + kLine, ""}};
    return kSteps;
  }
};

TEST_P(EveryCall, F08AnotherTakesOverWhollyAndTheOldOneHasNoEffect) {
  const auto& [index, is_killed] = GetParam();
  const Step step = steps()[index];
  uint64_t refusals = 0;
  std::set<std::map<std::string, std::string>> ends;
  for (size_t at = 1; at < 500; ++at) {
    SCOPED_TRACE(at);
    anew();
    Daemon a(*this, "a:7411"), b(*this, "b:7411");
    a.leadership.step();
    if (!step.before.empty()) {
      ASSERT_TRUE(a.up(step.before));
    }
    const auto before = digests();
    std::map<std::string, std::string> taken_over;
    bool bit = false;
    a.hook = [&, dies = is_killed](size_t n) -> Status {
      if (n == at) {
        bit = true;
        take_over(b);
        taken_over = digests();
      }
      if (dies && n >= at) return Error{Errc::kUnavailable, "killed"};
      return ok();
    };
    const auto outcome = step.text.empty() ? a.down() : a.up(step.text);
    if (!bit) {
      ASSERT_TRUE(outcome) << outcome.error().message;
      EXPECT_TRUE(ends.empty() || ends.contains(digests()));
      EXPECT_TRUE(is_killed || refusals > 0) << "none of its calls came to a machine";
      EXPECT_GE(ends.size(), 2U) << "both ends are seen";
      EXPECT_GT(at, 10U);
      return;
    }
    EXPECT_EQ(digests(), taken_over) << "what the old one did when it went on";
    refusals += refused();
    a.hook = nullptr;
    a.leadership.step();
    EXPECT_THAT(a.leadership.other(), "b:7411");
    EXPECT_EQ(b.tend(), "");
    const auto state = b.store.load();
    ASSERT_TRUE(state);
    EXPECT_EQ(state->operation, std::nullopt);
    EXPECT_EQ(digests(), taken_over);
    ends.insert(taken_over);
    EXPECT_LE(ends.size(), 2U) << "neither all nor nothing: "
                               << ::testing::PrintToString(taken_over);
    const auto again = step.text.empty() ? b.down() : b.up(step.text);
    EXPECT_TRUE(again || again.error().code == Errc::kNotFound) << again.error().message;
    EXPECT_TRUE(taken_over == before || taken_over == digests());
  }
  FAIL() << "it does not end";
}
INSTANTIATE_TEST_SUITE_P(Calls, EveryCall,
                         ::testing::Combine(::testing::Values(0, 1, 2), ::testing::Bool()),
                         [](const auto& one) {
                           return std::string(EveryCall::steps()[std::get<0>(one.param)].name) +
                                  (std::get<1>(one.param) ? "_killed" : "_paused");
                         });

}  // namespace
}  // namespace vinet::etcd
