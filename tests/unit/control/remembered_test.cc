// What is remembered of holdings against what would be lowered, after each kind of change.
#include "control/remembered.h"

#include <functional>

#include "unit/control/fleets_fixture.h"

namespace vinet::control {
namespace {

class RememberedTest : public FleetsTest {
 protected:
  /// Of all that runs now, twice from memory and once anew.
  std::shared_ptr<const Holdings> ask(const std::string& after) {
    Stacks stacks(state());
    EXPECT_TRUE(stacks.look_at_paths(machine));
    const auto got = remembered.holdings_of(stacks);
    EXPECT_TRUE(*got == holdings_of(stacks)) << after;
    EXPECT_EQ(remembered.holdings_of(stacks), got) << after << ": lowered again";
    return got;
  }
  void make(const std::string& text) {
    const auto outcomes = up(text);
    EXPECT_TRUE(outcomes) << text << outcomes.error().message;
  }

  Remembered remembered;
};

struct Change {
  std::string name;
  std::function<void()> make;
  bool differs = true;  ///< do machines hold something else after it?
};

TEST_F(RememberedTest, IsWhatWouldBeLowered) {
  const std::string rest =
      "machine y [daemon = \"192.0.2.2:7411\"]; machine z [daemon = \"192.0.2.3:7411\"]";
  const std::vector<Change> changes = {
      {"a fleet", [&] { make(kFleet); }},
      {"an internet", [&] { make(kOnFleet); }},
      {"one on it", [&] { make(kUpper); }},
      {"nothing", [&] { make(kOnFleet); }, false},
      {"a base path carries less",
       [&] { machine.in_force["fleet.x"][net::Ipv4{0xc0000202}] = 900; }},
      {"it carries all again", [&] { machine.in_force.clear(); }},
      {"a drained machine",
       [&] { ASSERT_TRUE(world->controller.drain("fleet", "y", true, options)); }, false},
      {"it takes nodes again",
       [&] { ASSERT_TRUE(world->controller.drain("fleet", "y", false, options)); }, false},
      {"an internet goes", [&] { ASSERT_TRUE(down({"upper"})); }},
      {"an internet changes",
       [&] { make("internet line on fleet { host A at y; host B at z; A -- B }"); }},
      {"a machine goes", [&] { make("base fleet { " + rest + " }"); }},
      {"a tenant's",
       [&] {
         options.tenant = "ann";
         make("internet hers on fleet { host P at y; host Q at z; P -- Q }");
         options.tenant.clear();
       }},
      {"a program",
       [&] {
         make("internet line on fleet { host A at y [run = \"sleep 9\"]; host B at z; A -- B }");
       }},
      {"all goes",
       [&] {
         ASSERT_TRUE(down({"line", "hers", "fleet"}));
       }},
  };
  std::shared_ptr<const Holdings> before = ask("nothing at all");
  for (const Change& change : changes) {
    change.make();
    const auto now = ask(change.name);
    EXPECT_EQ(*now != *before, change.differs) << change.name;
    before = now;
  }
  EXPECT_TRUE(before->empty());
}

// Their digests are as before, so a machine's answer is still the right one.
TEST_F(RememberedTest, LeavesLeasesToTheClock) {
  make(kFleet + "internet line on fleet [lease = 60s] { host A at x; host B at z; A -- B }");
  const auto before = ask("up");
  ASSERT_TRUE(world->controller.renew("line", 600, options));
  EXPECT_EQ(ask("renewed"), before);
  Holdings now = *before;
  put_leases(state(), read_clocks(), now);
  for (const auto& [place, all] : now) {
    for (const Wanted& one : all) {
      EXPECT_EQ(one.holding.lease_s.has_value(), one.holding.owner == "line") << place.machine;
      EXPECT_GT(one.holding.lease_s.value_or(600), 590U) << place.machine;
      EXPECT_EQ(one.digest, fleet::digest_of(one.holding)) << place.machine;
    }
  }
}

}  // namespace
}  // namespace vinet::control
