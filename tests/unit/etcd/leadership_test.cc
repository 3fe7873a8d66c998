// Leadership: at most one of several writes, whatever is lost on the way.
#include "etcd/leadership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/etcd/fake_etcd.h"
#include "unit/etcd/faulty.h"

namespace vinet::etcd {
namespace {

using ::testing::HasSubstr;
using Fault = Faulty::Fault;

class LeadershipTest : public ::testing::Test {
 protected:
  /// A daemon, with its own way to the etcd.
  struct Daemon {
    Daemon(LeadershipTest& test, const std::string& endpoint)
        : way(test.etcd), leadership(way, "/p/leader", endpoint, [&test] { return test.clock; }) {}
    Faulty way;
    Leadership leadership;
    std::string why() const {
      const auto leading = leadership.leading();
      return leading ? "leads" : leading.error().message;
    }
  };
  void pass(int64_t seconds) {
    clock += std::chrono::seconds(seconds);
    etcd.pass(seconds);
  }

  FakeEtcd etcd;
  std::chrono::milliseconds clock{1'000'000};
  Daemon a{*this, "10.0.0.1:7411"}, b{*this, "10.0.0.2:7411"};
};

TEST_F(LeadershipTest, TheFirstLeadsAndTheOthersKnowWhere) {
  EXPECT_THAT(a.why(), HasSubstr("not known yet"));
  a.leadership.step();
  b.leadership.step();
  EXPECT_EQ(a.why(), "leads");
  EXPECT_EQ(b.why(), "the controller is at 10.0.0.1:7411");
  for (int i = 0; i < 20; ++i) {
    pass(1);
    a.leadership.step();
    b.leadership.step();
    EXPECT_EQ(a.why(), "leads");
    EXPECT_EQ(b.why(), "the controller is at 10.0.0.1:7411");
  }
}

TEST_F(LeadershipTest, WhoEndsIsFollowedAtOnceWhoDiesAfterItsLease) {
  a.leadership.step();
  b.leadership.step();
  a.leadership.resign();
  b.leadership.step();
  EXPECT_EQ(b.why(), "leads");
  Daemon c(*this, "10.0.0.3:7411");
  int waited = 0;
  for (; c.why() != "leads"; ++waited) {  // b makes no step any more
    ASSERT_LE(waited, 6);
    pass(1);
    c.leadership.step();
  }
  EXPECT_GE(waited, 4);
  EXPECT_NE(b.why(), "leads");  // by its own clock
}

// F-08: whoever was paused for longer than its lease does not lead any more when it goes on, before
// it has heard anything; and what it believed before is no condition that holds.
TEST_F(LeadershipTest, F08APausedLeaderNeitherBelievesNorCan) {
  a.leadership.step();
  const Condition believed = *a.leadership.leading();
  pass(6);
  EXPECT_NE(a.why(), "leads");
  b.leadership.step();
  EXPECT_EQ(b.why(), "leads");
  Txn late;
  late.conditions = {believed};
  late.puts.push_back({"/p/state", "late", 0});
  EXPECT_FALSE(etcd.txn(late)->done);
  a.leadership.step();
  EXPECT_EQ(a.why(), "the controller is at 10.0.0.2:7411");
  EXPECT_GT(b.leadership.leading()->revision, believed.revision);
}

TEST_F(LeadershipTest, AKeyThatSomebodyRemovedOrAnEtcdThatLostAllIsLedAnew) {
  a.leadership.step();
  const Condition before = *a.leadership.leading();
  Txn stranger;
  stranger.removals.push_back({"/p/leader", ""});
  ASSERT_TRUE(etcd.txn(stranger)->done);
  a.leadership.step();
  EXPECT_EQ(a.why(), "leads");
  EXPECT_NE(a.leadership.leading()->revision, before.revision);
  etcd.wipe();
  a.leadership.step();
  EXPECT_EQ(a.why(), "leads");
}

// Every call fails once, before or after it was done; for a while, or a single time.
TEST_F(LeadershipTest, OneLeadsWhateverIsLost) {
  for (const Fault kind : {Fault::kBefore, Fault::kAfter}) {
    for (size_t n = 1; n <= 12; ++n) {
      for (const size_t calls : {1, 3}) {
        SCOPED_TRACE(std::to_string(n) + " calls " + std::to_string(calls));
        etcd.wipe();
        Daemon one(*this, "one"), two(*this, "two");
        one.way.fault = [&](size_t at, const std::string&) {
          return at >= n && at < n + calls ? kind : Fault::kNone;
        };
        for (int i = 0; i < 20; ++i) {
          one.leadership.step();
          two.leadership.step();
          // What etcd would accept:
          int can = 0;
          for (const Daemon* daemon : {&one, &two}) {
            const auto leading = daemon->leadership.leading();
            if (!leading) continue;
            Txn txn;
            txn.conditions = {*leading};
            if (etcd.txn(txn)->done) ++can;
          }
          ASSERT_LE(can, 1);
          if (i > 12) {
            ASSERT_EQ(can, 1) << one.why() << "; " << two.why();
          }
          pass(1);
        }
      }
    }
  }
}

TEST_F(LeadershipTest, WhoCannotReachEtcdSaysSo) {
  a.leadership.step();
  a.way.fault = [](size_t, const std::string&) { return Fault::kBefore; };
  pass(1);
  a.leadership.step();
  EXPECT_EQ(a.why(), "leads");  // its lease lasts
  pass(5);
  a.leadership.step();
  EXPECT_THAT(a.why(), HasSubstr("made to fail"));
  EXPECT_EQ(a.leadership.leading().error().code, Errc::kUnavailable);
}

}  // namespace
}  // namespace vinet::etcd
