// Internets on internets, as the controller sees them: lower before upper on the way up, upper
// before lower on the way down, whatever fails.
#include <gmock/gmock.h>

#include <algorithm>

#include "control/rollback.h"
#include "control/stacks.h"
#include "slice/lower.h"
#include "unit/control/controller_fixture.h"

namespace vinet::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kStack = kLab + kLine + kUpper + kTop;
const std::string kStackUpsideDown = kTop + kUpper + kLine + kLab;

class StackTest : public ControllerTest {
 protected:
  /// Does the machine hold exactly what the state says?
  void expect_realised() {
    const State now = state();
    EXPECT_EQ(now.operation, std::nullopt);
    const plan::Plan world = now.running();
    std::map<std::string, std::vector<slice::Slice>> want;
    for (const auto& [name, base] : now.bases) want[name] = slice::lower(base.plan);
    for (const plan::InternetPlan& internet : world.internets) {
      want[internet.name] = slice::lower(internet, world);
    }
    EXPECT_EQ(held(), [&] {
      std::vector<std::string> names;
      for (const auto& [name, slices] : want) names.push_back(name);
      return names;
    }());
    for (const auto& [name, slices] : want) EXPECT_EQ(machine.held[name], slices) << name;
  }
  /// Are sources of this node's packets checked?
  bool is_guarded(const std::string& internet, const std::string& node) {
    bool guarded = false;
    for (const slice::Slice& slice : machine.held.at(internet)) {
      for (const slice::LinkEnd& end : slice.link_ends) {
        if (end.node == node) guarded = guarded || end.source_check.on;
      }
    }
    return guarded;
  }
  static DownRequest recursively(const std::vector<std::string>& names) {
    DownRequest request;
    request.names = names;
    request.recursive = true;
    return request;
  }
};

struct UpCase {
  const char* name;
  std::vector<std::string> texts;  // brought up one after the other
};
class StackUp : public StackTest, public ::testing::WithParamInterface<UpCase> {};
TEST_P(StackUp, GoesBottomUpAndDownAgainFromTheTop) {
  for (const std::string& text : GetParam().texts) {
    const auto outcomes = up(text);
    ASSERT_TRUE(outcomes) << outcomes.error().message << render({"", text}, diagnostics);
  }
  expect_realised();
  EXPECT_THAT(state().in_layers(), ElementsAre("line", "upper", "top"));
  std::vector<std::string> made;
  for (const std::string& call : machine.calls) {
    if (std::find(made.begin(), made.end(), call) == made.end()) made.push_back(call);
  }
  EXPECT_THAT(made, ElementsAre("apply lab", "apply line", "apply upper", "apply top"));
  machine.calls.clear();
  EXPECT_THAT(names_of(down(everything())), ElementsAre("top", "upper", "line", "lab"));
  EXPECT_THAT(machine.calls,
              ElementsAre("remove top", "remove upper", "remove line", "remove lab"));
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_FALSE(state_directory_exists());
}
INSTANTIATE_TEST_SUITE_P(Ways, StackUp,
                         ::testing::Values(UpCase{"OneFile", {kStack}},
                                           UpCase{"UpsideDown", {kStackUpsideDown}},
                                           UpCase{"OneByOne", {kLab, kLine, kUpper, kTop}},
                                           UpCase{"TwoFiles", {kLab + kLine, kUpper + kTop}}),
                         [](const auto& test) { return test.param.name; });

TEST_F(StackTest, UpTwiceChangesNothing) {
  ASSERT_TRUE(up(kStack));
  machine.calls.clear();
  const State before = state();
  for (const std::string& text : {kStack, kTop, kLab + kLine}) {
    const auto again = up(text);
    ASSERT_TRUE(again) << again.error().message;
    for (const Outcome& outcome : *again) EXPECT_EQ(outcome.what, Outcome::What::kUnchanged);
  }
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_EQ(state(), before);
}

TEST_F(StackTest, ALowerInternetIsRefusedUnlessRecursive) {
  ASSERT_TRUE(up(kStack + kPair));
  const State before = state();
  machine.calls.clear();
  for (const DownRequest& request :
       {DownRequest{{"line"}, {}, false, false}, file({}, {"line"}),
        file({"lab"}, {"line", "pair"}), DownRequest{{"line", "top"}, {}, false, false}}) {
    const auto refused = down(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kFailedPrecondition);
    EXPECT_THAT(refused.error().message, HasSubstr("line is in use: on it stand upper"));
    EXPECT_THAT(refused.error().message, HasSubstr("vinet down --recursive line"));
  }
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_EQ(state(), before);
  EXPECT_THAT(names_of(down(recursively({"line"}))), ElementsAre("top", "upper", "line"));
  expect_realised();
  EXPECT_THAT(held(), UnorderedElementsAre("lab", "pair"));
}

TEST_F(StackTest, ABaseUnderAStackIsRefusedWithAllOfIt) {
  ASSERT_TRUE(up(kLab));
  ASSERT_TRUE(up(kLine + kUpper));
  const auto refused = down({"lab"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("on it stand line, upper"));
  EXPECT_THAT(names_of(down(recursively({"lab"}))), ElementsAre("upper", "line", "lab"));
}

TEST_F(StackTest, WhatTheTopIsNamedForLeavesTheRest) {
  ASSERT_TRUE(up(kStack));
  EXPECT_THAT(names_of(down({"upper", "top"})), ElementsAre("top", "upper"));
  expect_realised();
  EXPECT_THAT(names_of(down({"line"})), ElementsAre("line", "lab"));
}

TEST_F(StackTest, HostsAreGuardedBeforeOthersStandOnThemAndUntilTheyAreGone) {
  ASSERT_TRUE(up(kLab + kLine));
  EXPECT_FALSE(is_guarded("line", "line.A"));
  machine.calls.clear();
  ASSERT_TRUE(up(kUpper));
  EXPECT_THAT(machine.calls, ElementsAre("apply line", "apply upper"));
  EXPECT_TRUE(is_guarded("line", "line.A"));
  EXPECT_FALSE(is_guarded("line", "line.B")) << "a router sends for others";
  machine.calls.clear();
  ASSERT_TRUE(down({"upper"}));
  EXPECT_THAT(machine.calls, ElementsAre("remove upper", "apply line"));
  EXPECT_FALSE(is_guarded("line", "line.A"));
  expect_realised();
}

TEST_F(StackTest, AKeeperMendsTheRestSoOnlyWhatIsStoodOnIsLookedAt) {
  options.has_keeper = true;
  ASSERT_TRUE(up(kLab + kLine));
  ASSERT_TRUE(up(kUpper));
  EXPECT_THAT(machine.looked_at["line"],
              UnorderedElementsAre("lab.X", "lab.Y", "lab.Z", "line.A", "line.B", "line.D"))
      << "sources of hosts, and how small links may become";
}

TEST_F(StackTest, AnUpThatFailsAtAnyCallLeavesWhatRan) {
  for (const bool half : {false, true}) {
    for (const std::string& ran : {std::string(), kLab + kLine}) {
      for (size_t n = 1;; ++n) {
        machine = FakeMachine();
        heal();
        if (!ran.empty()) {
          ASSERT_TRUE(up(ran));
        }
        const State before = state();
        const auto kernel = machine.held;
        fail_at = n;
        fail_half = half;
        const auto outcomes = up(kStack);
        const bool met = number >= n;
        heal();
        if (!met) break;
        ASSERT_FALSE(outcomes) << n;
        EXPECT_EQ(state(), before) << n;
        EXPECT_EQ(machine.held, kernel) << n;
        (void)down(everything());
      }
      heal();
      ASSERT_TRUE(down(everything()));
    }
  }
}

TEST_F(StackTest, AKilledUpOrDownIsTakenBackOrEndedByTheNextCommand) {
  for (const bool removes : {false, true}) {
    for (size_t n = 1;; ++n) {
      machine = FakeMachine();
      heal();
      ASSERT_TRUE(up(kLab + kLine));
      const auto kernel = machine.held;
      if (removes) {
        ASSERT_TRUE(up(kUpper + kTop));
      }
      fail_at = n;
      dead = true;
      (void)(removes ? down(recursively({"upper"})) : up(kUpper + kTop));
      const bool met = number >= n;
      heal();
      const bool begun = state().operation.has_value();
      ASSERT_TRUE(up(kPair)) << n;  // whatever
      expect_realised();
      if (met && begun) {
        EXPECT_EQ(machine.held.at("line"), kernel.at("line")) << n;
        EXPECT_FALSE(machine.held.contains("upper")) << n;
        EXPECT_FALSE(machine.held.contains("top")) << n;
      }
      ASSERT_TRUE(down(everything()));
      if (!met) break;
    }
  }
}

TEST_F(StackTest, AChangedLowerInternetTakesWhatStandsOnItAlong) {
  const std::string longer =
      "internet line on lab {\n  host Z9 at X\n  host A at X\n  router B at Y\n  host D at Z\n  A "
      "-- "
      "B -- D\n  Z9 -- B\n}\n";
  ASSERT_TRUE(up(kStack));
  const State before = state();
  const auto kernel = machine.held;
  const auto outcomes = up(kLab + longer);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  expect_realised();
  EXPECT_EQ(state().internets.at("upper").digest, before.internets.at("upper").digest);
  ASSERT_TRUE(up(kLab + kLine));
  expect_realised();

  for (size_t n = 1;; ++n) {
    const State ran = state();
    const auto held_before = machine.held;
    fail_at = n;
    const auto failed = up(kLab + longer);
    const bool met = number >= n;
    heal();
    if (!met) break;
    ASSERT_FALSE(failed) << n;
    EXPECT_EQ(state(), ran) << n;
    EXPECT_EQ(machine.held, held_before) << n;
  }
}

TEST_F(StackTest, ALowerNodeThatMovesTakesTheRestAlongThoughTheirPlansStay) {
  ASSERT_TRUE(up(kStack));
  const State before = state();
  std::string moved = kLine;
  const size_t at = moved.find("at Z");
  ASSERT_NE(at, std::string::npos);
  moved.replace(at, 4, "at Y");
  const auto outcomes = up(kLab + moved);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  EXPECT_EQ(state().internets.at("upper").plan, before.internets.at("upper").plan);
  EXPECT_EQ(state().internets.at("top").plan, before.internets.at("top").plan);
  expect_realised();
}

TEST_F(StackTest, ANodeThatIsStoodOnCannotGo) {
  ASSERT_TRUE(up(kStack));
  machine.calls.clear();
  const auto refused =
      up(kLab + "internet line on lab {\n  host A at X\n  router B at Y\n  A -- B\n}\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(machine.calls, IsEmpty());
}

TEST_F(StackTest, RepairGoesBottomUpAndKnowsWhatFollowsRoutes) {
  ASSERT_TRUE(up(kStack));
  SqliteStore store(scratch.path());
  const auto kernel = machine.held;
  for (const char* name : {"line", "upper", "top"}) machine.held.at(name).clear();
  machine.calls.clear();
  ASSERT_TRUE(LocalController(machine, store).repair(options));
  EXPECT_THAT(machine.calls, ElementsAre("apply line", "apply upper", "apply top"));
  EXPECT_EQ(machine.held, kernel);

  EXPECT_THAT(followed_nodes(state()),
              UnorderedElementsAre("line.A", "line.D", "upper.p", "upper.s"));
  EXPECT_THAT(following(state(), {"line.D"}),
              ElementsAre(::testing::Pair("top", ElementsAre("top.v")),
                          ::testing::Pair("upper", ElementsAre("upper.s"))));
  machine.held.at("upper").clear();
  machine.held.at("top").clear();
  machine.held.at("line").clear();
  machine.calls.clear();
  options.only_above = {"line.D"};
  ASSERT_TRUE(LocalController(machine, store).repair(options));
  EXPECT_THAT(machine.calls, ElementsAre("apply upper", "apply top"));
  EXPECT_THAT(machine.looked_at.at("top"), ElementsAre("top.v"));
}

TEST_F(StackTest, SizesFollowTheBasePathThroughAllLayers) {
  ASSERT_TRUE(up(kStack));
  const auto mtu = [&](const std::string& owner, const std::string& node) {
    uint32_t bytes = 0;
    for (const slice::Slice& slice : machine.held.at(owner)) {
      for (const slice::LinkEnd& end : slice.link_ends) {
        if (end.node == node) bytes = end.mtu_bytes;
      }
    }
    return bytes;
  };
  EXPECT_EQ(mtu("line", "line.D"), 1460U);
  EXPECT_EQ(mtu("upper", "upper.s"), 1440U);
  EXPECT_EQ(mtu("top", "top.v"), 1420U);
  SqliteStore store(scratch.path());
  const State now = state();
  const net::Ipv4 far = now.bases.at("lab").plan.machines[2].base_address;
  machine.in_force["lab.Y"][far] = 1400;
  ASSERT_TRUE(LocalController(machine, store).repair(options));
  EXPECT_EQ(mtu("upper", "upper.s"), 1340U);
  EXPECT_EQ(mtu("upper", "upper.p"), 1340U);
  EXPECT_EQ(mtu("top", "top.u"), 1320U);
  // IPv6 needs 1,280 at the top: more is fragmented on the base.
  machine.in_force["lab.Y"][far] = 1000;
  ASSERT_TRUE(LocalController(machine, store).repair(options));
  EXPECT_EQ(mtu("upper", "upper.s"), 1300U);
  EXPECT_EQ(mtu("top", "top.v"), 1280U);
  machine.in_force.clear();
  ASSERT_TRUE(LocalController(machine, store).repair(options));
  expect_realised();
}

TEST_F(StackTest, RecoverNamesTheLayersFromTheBottom) {
  ASSERT_TRUE(up(kStackUpsideDown));
  ASSERT_TRUE(up(kLab + kLine));  // ends with a copy of all
  write_whole(scratch.path() + "/run/vinet/vinet.db", "noise");
  SqliteStore store(scratch.path());
  const auto lines = LocalController(machine, store).recover("", options);
  ASSERT_TRUE(lines) << lines.error().message;
  std::vector<std::string> known;
  for (const std::string& line : *lines) {
    if (line.ends_with(": known again")) known.push_back(line.substr(0, line.find(':')));
  }
  EXPECT_THAT(known, ElementsAre("lab", "line", "upper", "top"));
  EXPECT_THAT(names_of(down(recursively({"line"}))), ElementsAre("top", "upper", "line", "lab"));
}

TEST_F(StackTest, LeftoversOfALostStateGoWhateverTheirOrder) {
  ASSERT_TRUE(up(kStack));
  std::filesystem::remove_all(scratch.path() + "/run/vinet");
  ASSERT_TRUE(down(everything()));
  EXPECT_THAT(held(), IsEmpty());
}

}  // namespace
}  // namespace vinet::control
