// The controller over a fake machine and a real state directory: every way through up and down, and
// every call that can fail or be the last one.
#include "control/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "control/lease.h"
#include "slice/lower.h"
#include "unit/control/controller_fixture.h"

namespace vinet::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(ControllerTest, UpMakesTheBaseThenTheInternet) {
  const auto outcomes = up(kLab + kLine);
  ASSERT_THAT(names_of(outcomes), ElementsAre("lab", "line"));
  EXPECT_EQ((*outcomes)[0].what, Outcome::What::kMade);
  EXPECT_THAT(machine.calls, ElementsAre("apply lab", "apply line"));
  EXPECT_TRUE(state().bases.at("lab").made_for_internet);
  EXPECT_EQ(state().internets.at("line").plan.base, "lab");
  EXPECT_EQ(state().operation, std::nullopt);
}

TEST_F(ControllerTest, UpTwiceChangesNothing) {
  ASSERT_TRUE(up(kLab + kLine));
  machine.calls.clear();
  const State before = state();
  const auto again = up(kLab + kLine);
  ASSERT_THAT(names_of(again), ElementsAre("lab", "line"));
  EXPECT_EQ((*again)[0].what, Outcome::What::kUnchanged);
  EXPECT_EQ((*again)[1].what, Outcome::What::kUnchanged);
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_EQ(number, 0U) << "the store was written to";
  EXPECT_EQ(state(), before);
}

TEST_F(ControllerTest, UpRepairsWhatWasRemovedByHand) {
  ASSERT_TRUE(up(kLab + kLine));
  const auto whole = machine.held.at("line");
  machine.held.at("line").resize(1);
  const auto again = up(kLab + kLine);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)[0].what, Outcome::What::kUnchanged);
  EXPECT_EQ((*again)[1].what, Outcome::What::kRepaired);
  EXPECT_EQ(machine.held.at("line"), whole);
}

TEST_F(ControllerTest, AFailedRepairRemovesNothing) {
  ASSERT_TRUE(up(kLab + kLine));
  machine.held.at("line").resize(1);
  fail_at = 1;
  EXPECT_FALSE(up(kLab + kLine));
  heal();
  EXPECT_THAT(held(), UnorderedElementsAre("lab", "line"));
  EXPECT_EQ(state().internets.count("line"), 1U);
}

struct OrderCase {
  const char* name;
  const char* first;
  const char* second;
};
class EitherOrder : public ControllerTest, public ::testing::WithParamInterface<OrderCase> {};
TEST_P(EitherOrder, TheSharedBaseGoesLast) {
  ASSERT_TRUE(up(kLab + kLine));
  ASSERT_THAT(names_of(up(kLab + kPair)), ElementsAre("lab", "pair"));
  EXPECT_THAT(names_of(down({GetParam().first})), ElementsAre(GetParam().first));
  EXPECT_THAT(held(), UnorderedElementsAre("lab", GetParam().second));
  EXPECT_THAT(names_of(down({GetParam().second})), ElementsAre(GetParam().second, "lab"));
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_FALSE(state_directory_exists());
}
INSTANTIATE_TEST_SUITE_P(Orders, EitherOrder,
                         ::testing::Values(OrderCase{"LineFirst", "line", "pair"},
                                           OrderCase{"PairFirst", "pair", "line"}),
                         [](const auto& test) { return test.param.name; });

TEST_F(ControllerTest, AnInternetWithoutItsBaseUsesTheRunningOne) {
  ASSERT_TRUE(up(kLab));
  ASSERT_THAT(names_of(up(kLine)), ElementsAre("lab", "line"));
  EXPECT_FALSE(state().bases.at("lab").made_for_internet);
}

TEST_F(ControllerTest, ABaseOfItsOwnStaysUntilItIsNamed) {
  ASSERT_TRUE(up(kLab));
  ASSERT_TRUE(up(kLab + kLine));
  EXPECT_THAT(names_of(down(file({"lab"}, {"line"}))), ElementsAre("line"));
  EXPECT_THAT(held(), ElementsAre("lab"));
  EXPECT_THAT(names_of(down({"lab"})), ElementsAre("lab"));
  EXPECT_FALSE(state_directory_exists());
}

TEST_F(ControllerTest, ABaseInUseIsRefusedUnlessRecursive) {
  ASSERT_TRUE(up(kLab + kLine));
  ASSERT_TRUE(up(kPair));
  machine.calls.clear();
  const auto refused = down({"lab"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kFailedPrecondition);
  EXPECT_THAT(refused.error().message, HasSubstr("line, pair"));
  EXPECT_THAT(machine.calls, IsEmpty());
  DownRequest request;
  request.names = {"lab"};
  request.recursive = true;
  EXPECT_THAT(names_of(down(request)), ElementsAre("pair", "line", "lab"));
}

TEST_F(ControllerTest, NamingABaseWithAllThatStandsOnItIsEnough) {
  ASSERT_TRUE(up(kLab + kLine));
  EXPECT_THAT(names_of(down({"lab", "line"})), ElementsAre("line", "lab"));
}

// --- changes
// -------------------------------------------------------------------------------------------------------

const std::string kLongerLab = "base lab {\n  machine X, Y, Z, W\n  X -- Y -- Z -- W\n}\n";
const std::string kShorterLab = "base lab {\n  machine X, Y\n  X -- Y\n}\n";
const std::string kSlowerLine =
    "internet line on lab {\n  host A at X\n  router B at Y\n  host D at Z\n  A -- B\n  B -- D "
    "[mtu = "
    "1300]\n}\n";

struct ChangeCase {
  const char* name;
  std::string text;
  std::vector<std::string> calls;
};
class Change : public ControllerTest, public ::testing::WithParamInterface<ChangeCase> {
 protected:
  /// Does the machine hold exactly what the state says?
  void expect_realised() {
    const State now = state();
    EXPECT_EQ(now.operation, std::nullopt);
    std::map<std::string, std::vector<slice::Slice>> want;
    for (const auto& [name, base] : now.bases) want[name] = slice::lower(base.plan);
    for (const auto& [name, internet] : now.internets) {
      want[name] = slice::lower(internet.plan, now.bases.at(internet.plan.base).plan);
      if (want[name].empty()) want.erase(name);
    }
    EXPECT_EQ(machine.held, want);
  }
  bool was_removed(const std::string& owner) const {
    return std::find(machine.calls.begin(), machine.calls.end(), "remove " + owner) !=
           machine.calls.end();
  }
};
TEST_P(Change, IsAppliedAndAllElseStays) {
  ASSERT_TRUE(up(kLab + kLine + kPair));
  const State before = state();
  machine.calls.clear();
  const auto outcome = up(GetParam().text);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(machine.calls, GetParam().calls);
  expect_realised();
  const State after = state();
  EXPECT_EQ(after.internets.at("pair"), before.internets.at("pair"));
  EXPECT_TRUE(after.bases.at("lab").made_for_internet);
  // Nodes and links that are still described keep what they have.
  for (const plan::NodePlan& node : before.internets.at("line").plan.nodes) {
    for (const plan::NodePlan& now : after.internets.at("line").plan.nodes) {
      if (now.name == node.name) {
        EXPECT_EQ(now.identity, node.identity);
        EXPECT_EQ(now.block, node.block);
      }
    }
  }
  machine.calls.clear();
  const auto again = up(GetParam().text);
  ASSERT_TRUE(again);
  EXPECT_THAT(machine.calls, IsEmpty());
}
TEST_P(Change, ThatFailsAtAnyCallLeavesAllAsItWas) {
  ASSERT_TRUE(up(kLab + kLine + kPair));
  const State before = state();
  const auto kernel = machine.held;
  for (const bool half : {false, true}) {
    for (fail_at = 1;; ++fail_at) {
      fail_half = half;
      const auto outcome = up(GetParam().text);
      if (outcome) break;
      EXPECT_EQ(machine.held, kernel) << "call " << fail_at;
      EXPECT_EQ(state(), before) << "call " << fail_at;
    }
    EXPECT_GT(fail_at, half ? 1U : 2U);
    heal();
    ASSERT_TRUE(up(kLab + kLine + kPair));
    EXPECT_EQ(machine.held, kernel);
  }
  EXPECT_FALSE(was_removed("line") || was_removed("pair") || was_removed("lab"));
}
TEST_P(Change, F03ThatIsKilledAtAnyCallIsTakenBackOrEndedByTheNextCommand) {
  ASSERT_TRUE(up(kLab + kLine + kPair));
  const auto kernel = machine.held;
  for (const bool half : {false, true}) {
    for (const bool next_is_change : {false, true}) {
      for (size_t n = 1;; ++n) {
        fail_at = n;
        dead = true;
        fail_half = half;
        const bool done = up(GetParam().text).has_value();
        heal();
        const auto next = up(next_is_change ? GetParam().text : kLab + kLine + kPair);
        ASSERT_TRUE(next) << "call " << n << ": " << next.error().message;
        expect_realised();
        if (!next_is_change) {
          EXPECT_EQ(machine.held, kernel) << "call " << n;
        }
        ASSERT_TRUE(up(kLab + kLine + kPair));
        EXPECT_EQ(machine.held, kernel) << "call " << n;
        if (done) break;
      }
    }
  }
  EXPECT_FALSE(was_removed("line") || was_removed("pair") || was_removed("lab"));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Change,
    ::testing::Values(
        ChangeCase{
            "NodeGone",
            kLab + "internet line on lab {\n  host A at X\n  host D at Z\n  A -- D\n}\n" + kPair,
            {"apply line"}},
        ChangeCase{"NodeAdded",
                   kLab +
                       "internet line on lab {\n  host E at X\n  host A at X\n  router B at Y\n  "
                       "host D at Z\n  A -- B -- D\n  E -- B\n}\n" +
                       kPair,
                   {"apply line"}},
        ChangeCase{
            "NodeMoved",
            kLab +
                "internet line on lab {\n  host A at X\n  router B at X\n  host D at Z\n  A -- "
                "B -- D\n}\n" +
                kPair,
            {"apply line"}},
        ChangeCase{"LinkAttribute", kLab + kSlowerLine + kPair, {"apply line"}},
        ChangeCase{"BaseGrows", kLongerLab + kLine + kPair, {"apply lab", "apply line"}},
        ChangeCase{
            "BaseShrinksUnderItsInternets",
            kShorterLab +
                "internet line on lab {\n  host A at X\n  router B at Y\n  host D at Y\n  A -- "
                "B -- D\n}\n" +
                kPair,
            {"apply line", "apply lab"}}),
    [](const auto& test) { return test.param.name; });

TEST_F(ControllerTest, ABaseThatChangesUnderInternetsOfOtherFilesIsRefusedWithTheList) {
  ASSERT_TRUE(up(kLab + kLine));
  ASSERT_TRUE(up(kLab + kPair));
  machine.calls.clear();
  const State before = state();
  const auto refused = up(kLongerLab + kLine);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kFailedPrecondition);
  EXPECT_THAT(refused.error().message, HasSubstr("machine 'W' is new"));
  EXPECT_THAT(refused.error().message, HasSubstr("stand on it: pair"));
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_EQ(state(), before);
}

TEST_F(ControllerTest, AChangeLooksOnlyAtWhatItConcernsIfAKeeperMendsTheRest) {
  const std::string changed =
      "internet line on lab {\n  host A at X\n  router B at Y\n  host D at Z\n"
      "  A -- B [loss = 1%]\n  B -- D\n}\n";
  const std::string plain =
      "internet line on lab {\n  host A at X\n  router B at Y\n  host D at Z\n"
      "  A -- B\n  B -- D\n}\n";
  ASSERT_TRUE(up(kLab + plain));
  EXPECT_THAT(machine.looked_at.at("line"), IsEmpty()) << "all of it";
  options.has_keeper = true;
  machine.held.at("lab").resize(1);
  ASSERT_TRUE(up(kLab + changed));
  EXPECT_THAT(machine.looked_at.at("line"),
              ElementsAre("lab.X", "lab.Y", "lab.Z", "line.A", "line.B"));
  EXPECT_THAT(machine.held.at("lab"), SizeIs(1)) << "is the keeper's";
  ASSERT_TRUE(up(kLab + changed));
  EXPECT_THAT(machine.held.at("lab"), SizeIs(3)) << "nothing changes: repaired";
  options.has_keeper = false;
  ASSERT_TRUE(up(kLab + plain));
  EXPECT_THAT(machine.looked_at.at("line"), IsEmpty());
}

TEST_F(ControllerTest, AnInterruptedChangeLeavesWhatRan) {
  ASSERT_TRUE(up(kLab + kLine));
  const State before = state();
  const auto kernel = machine.held;
  for (int polls = 0;; ++polls) {
    int left = polls;
    options.stop = [&left] { return left-- <= 0; };
    const auto outcome = up(kLab + kSlowerLine);
    if (outcome) break;
    EXPECT_EQ(outcome.error().code, Errc::kCancelled) << outcome.error().message;
    EXPECT_EQ(machine.held, kernel);
    EXPECT_EQ(state(), before);
    ASSERT_LT(polls, 100);
  }
  EXPECT_NE(machine.held, kernel);
}

TEST_F(ControllerTest, AnInternetWithoutNodesHoldsNothing) {
  ASSERT_TRUE(up(kLab + kLine));
  const auto outcome = up(kLab + "internet line on lab {\n}\n");
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(held(), ElementsAre("lab"));
  ASSERT_TRUE(up(kLab + kLine));
  EXPECT_THAT(held(), UnorderedElementsAre("lab", "line"));
}

TEST_F(ControllerTest, ALeaseBeginsWithUpAndStaysUntilItsLengthChanges) {
  const auto leased = [](const std::string& lease) {
    return kLab + "internet line on lab [lease = " + lease + "] {\n  host A at X\n}\n";
  };
  ASSERT_TRUE(up(leased("8h")));
  const auto first = state().internets.at("line").lease_end;
  ASSERT_TRUE(first);
  const Clocks now = read_clocks();
  EXPECT_LE(remaining_s(*first, now), 8 * 3600U);
  EXPECT_GE(remaining_s(*first, now), 8 * 3600U - 60);
  ASSERT_TRUE(up(kLab + "internet line on lab [lease = 8h] {\n  host A, B at X\n}\n"));
  EXPECT_EQ(state().internets.at("line").lease_end, first);
  ASSERT_TRUE(up(leased("9h")));
  EXPECT_GE(remaining_s(*state().internets.at("line").lease_end, now), 9 * 3600U - 60);
  ASSERT_TRUE(up(kLab + "internet line on lab {\n  host A at X\n}\n"));
  EXPECT_EQ(state().internets.at("line").lease_end, std::nullopt);
}

TEST_F(ControllerTest, AnUpAfterTheEndOfALeaseMakesTheInternetAnew) {
  const std::string text = kLab + "internet line on lab [lease = 8h] {\n  host A at X\n}\n";
  ASSERT_TRUE(up(text + "internet pair on line {\n  host p at A\n}\n"));
  InternetIntent intent = state().internets.at("line");
  intent.lease_end->boottime_s = 1;
  ASSERT_TRUE(SqliteStore(scratch.path()).put(intent, *state().ground_of(intent.plan)));
  const auto again = up(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->back().name, "line");
  EXPECT_EQ(again->back().what, Outcome::What::kMade);
  EXPECT_GE(remaining_s(*state().internets.at("line").lease_end, read_clocks()), 8 * 3600U - 60);
  EXPECT_THAT(held(), UnorderedElementsAre("lab", "line")) << "what stood on it has gone with it";
}

// --- a state that is lost or damaged
// -----------------------------------------------------------------

TEST_F(ControllerTest, F63ALostStateIsSeenAsLostAndNothingIsTornDown) {
  for (const bool truncated : {false, true}) {
    ASSERT_TRUE(up(kLab + kLine));
    const auto kernel = machine.held;
    const State before = state();
    const std::string file = scratch.path() + "/run/vinet/vinet.db";
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file + suffix);
    if (truncated) write_whole(file, "");
    machine.calls.clear();
    const auto refused = up(kLab + kLine);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kFailedPrecondition);
    EXPECT_THAT(refused.error().message, HasSubstr("lost or emptied while lab, line run"));
    EXPECT_THAT(machine.calls, IsEmpty());
    SqliteStore store(scratch.path());
    const auto recovered = LocalController(machine, store).recover("", options);
    ASSERT_TRUE(recovered) << recovered.error().message;
    EXPECT_THAT(*recovered,
                ElementsAre(HasSubstr("went back to"), "lab: known again", "line: known again"));
    EXPECT_EQ(state(), before);
    EXPECT_EQ(machine.held, kernel);
    ASSERT_TRUE(up(kLab + kLine));
    EXPECT_THAT(machine.calls, IsEmpty());
    ASSERT_TRUE(down(everything()));
  }
}

TEST_F(ControllerTest, F63WithoutAnyCopyWhatRunsIsNamed) {
  ASSERT_TRUE(up(kLab + kLine));
  std::filesystem::remove_all(scratch.path() + "/run/vinet");
  SqliteStore store(scratch.path());
  const auto recovered = LocalController(machine, store).recover("", options);
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().code, Errc::kFailedPrecondition);
  EXPECT_THAT(recovered.error().message, HasSubstr("what runs without a state: lab, line"));
  EXPECT_THAT(held(), UnorderedElementsAre("lab", "line"));
}

TEST_F(ControllerTest, RecoverFromACopyThatTheUserKept) {
  ASSERT_TRUE(up(kLab + kLine));
  const std::string kept = scratch.path() + "/kept.db";
  std::filesystem::copy_file(scratch.path() + "/run/vinet/backup/state.db", kept);
  const State before = state();
  ASSERT_TRUE(down(everything()));
  ASSERT_TRUE(up(kLab));
  SqliteStore store(scratch.path());
  const auto recovered = LocalController(machine, store).recover(kept, options);
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_THAT(*recovered,
              ElementsAre(HasSubstr("aside as"), "took the state from " + kept, "lab: known again",
                          "line: known, but not there; `vinet up` makes it"));
  EXPECT_EQ(state(), before);
  ASSERT_TRUE(up(kLab + kLine));
  EXPECT_THAT(held(), UnorderedElementsAre("lab", "line"));
}

TEST_F(ControllerTest, RecoverOfASoundStateOrOfNothingSaysSo) {
  {
    SqliteStore store(scratch.path());
    EXPECT_THAT(*LocalController(machine, store).recover("", options),
                ElementsAre(HasSubstr("nothing to recover")));
  }
  ASSERT_TRUE(up(kLab + kLine));
  machine.held.erase("line");
  SqliteStore store(scratch.path());
  EXPECT_THAT(*LocalController(machine, store).recover("", options),
              ElementsAre(HasSubstr("sound"), "lab: known again", HasSubstr("not there")));
}

TEST_F(ControllerTest, ANameIsABaseOrAnInternet) {
  ASSERT_TRUE(up(kLab + kLine));
  const auto refused = up("base line {\n  machine X, Y\n  X -- Y\n}\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kAlreadyExists);
}

TEST_F(ControllerTest, AWrongPlanTouchesNothing) {
  const auto wrong = up(
      kLab + "internet dry on lab [pool = 10.9.0.0/30] {\n  host A, B, C at X\n  A -- B -- C\n}\n");
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_EQ(number, 0U);
  EXPECT_FALSE(state_directory_exists());
}

// --- failures, kills, interrupts
// ------------------------------------------------------------------------------------

TEST_F(ControllerTest, AFailureAtAnyCallOfUpLeavesNothing) {
  size_t failed = 0;
  for (fail_at = 1;; ++fail_at) {
    const auto outcome = up(kLab + kLine + kPair);
    if (number < fail_at) {
      ASSERT_TRUE(outcome) << outcome.error().message;
      break;
    }
    ASSERT_FALSE(outcome) << "call " << fail_at << " failed and up did not say so";
    EXPECT_THAT(outcome.error().message, HasSubstr("made to fail"));
    EXPECT_THAT(held(), IsEmpty()) << "call " << fail_at;
    EXPECT_FALSE(state_directory_exists()) << "call " << fail_at;
    ++failed;
  }
  EXPECT_GE(failed, 5U);  // operation and intents, three applies, the end
}

TEST_F(ControllerTest, AFailureLeavesWhatRanBefore) {
  ASSERT_TRUE(up(kLab + kLine));
  const State before = state();
  const auto kernel = machine.held;
  for (fail_at = 1;; ++fail_at) {
    const auto outcome = up(kLab + kPair);
    if (number < fail_at) break;
    ASSERT_FALSE(outcome);
    EXPECT_EQ(machine.held, kernel) << "call " << fail_at;
    EXPECT_EQ(state(), before) << "call " << fail_at;
  }
  EXPECT_GT(fail_at, 3U);
}

TEST_F(ControllerTest, WhatAKilledUpLeftIsRemovedByTheNextCommand) {
  for (const bool half : {false, true}) {
    for (const bool next_is_up : {false, true}) {
      for (size_t n = 1;; ++n) {
        fail_at = n;
        dead = true;
        fail_half = half;
        (void)up(kLab + kLine + kPair);
        const bool reached = number >= n;
        heal();
        if (next_is_up) {
          const auto next = up(kLab + kLine);
          ASSERT_TRUE(next) << "call " << n << ": " << next.error().message;
          EXPECT_EQ(machine.held.count("line"), 1U);
          EXPECT_EQ(machine.held.count("pair"), reached ? 0U : 1U) << "call " << n;
        }
        ASSERT_TRUE(down(everything()));
        EXPECT_THAT(held(), IsEmpty()) << "call " << n;
        EXPECT_FALSE(state_directory_exists()) << "call " << n;
        if (!reached) break;
      }
    }
  }
}

TEST_F(ControllerTest, AKilledDownIsFinishedByTheNextCommand) {
  for (const bool half : {false, true}) {
    for (size_t n = 1;; ++n) {
      ASSERT_TRUE(up(kLab + kLine));
      fail_at = n;
      dead = true;
      fail_half = half;
      (void)down({"line"});
      const bool reached = number >= n;
      heal();
      const auto next = down(file({"lab"}, {"line"}));
      ASSERT_TRUE(next) << next.error().message;
      EXPECT_THAT(held(), IsEmpty()) << "call " << n;
      EXPECT_FALSE(state_directory_exists()) << "call " << n;
      if (!reached) break;
    }
  }
}

TEST_F(ControllerTest, ADownThatFailsSaysSoAndTheNextOneEndsIt) {
  ASSERT_TRUE(up(kLab + kLine));
  fail_at = 2;  // the operation is written; the removal of the internet fails
  const auto failed = down({"line"});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("remove line"));
  EXPECT_EQ(machine.held.count("lab"), 1U)
      << "a base must not go under an internet that could not be removed";
  EXPECT_EQ(phase_of_internet(state(), "line"), "removing");
  heal();
  EXPECT_TRUE(down({"line"})) << "what was being removed is known to the command that ends it";
  EXPECT_THAT(held(), IsEmpty());
}

TEST_F(ControllerTest, AnInterruptUndoes) {
  for (int polls = 0;; ++polls) {
    int left = polls;
    options.stop = [&left] { return left-- <= 0; };
    const auto outcome = up(kLab + kLine);
    if (outcome) break;
    EXPECT_EQ(outcome.error().code, Errc::kCancelled) << outcome.error().message;
    EXPECT_THAT(held(), IsEmpty());
    EXPECT_FALSE(state_directory_exists());
    ASSERT_LT(polls, 100);
  }
  EXPECT_THAT(held(), UnorderedElementsAre("lab", "line"));
}

TEST_F(ControllerTest, WhenUndoingFailsTooTheErrorSaysBoth) {
  fail_at = 3;  // operation and intents, base; the internet's apply
  dead = true;
  const auto outcome = up(kLab + kLine);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("apply line"));
  EXPECT_THAT(outcome.error().message, HasSubstr("undoing it failed too"));
}

// --- down of what is not there
// --------------------------------------------------------------------------------------

TEST_F(ControllerTest, DownOfAFileThatIsNotUpIsNothingToDo) {
  EXPECT_THAT(names_of(down(file({"lab"}, {"line"}))), IsEmpty());
  EXPECT_THAT(names_of(down(everything())), IsEmpty());
  EXPECT_FALSE(state_directory_exists());
}

TEST_F(ControllerTest, DownOfANameThatNobodyKnowsSuggestsOne) {
  ASSERT_TRUE(up(kLab + kLine));
  const auto unknown = down({"lime"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'line'?"));
}

TEST_F(ControllerTest, LeftoversOfALostStateAreShownAndRemovedByName) {
  ASSERT_TRUE(up(kLab + kLine));
  std::filesystem::remove_all(scratch.path() + "/run/vinet");
  SqliteStore store(scratch.path());
  const auto leftovers = LocalController(machine, store).leftovers();
  ASSERT_TRUE(leftovers);
  EXPECT_THAT(*leftovers, ElementsAre("lab", "line"));
  EXPECT_THAT(names_of(down({"line"})), ElementsAre("line"));
  EXPECT_THAT(held(), ElementsAre("lab"));
  EXPECT_THAT(names_of(down(everything())), ElementsAre("lab"));
  EXPECT_THAT(held(), IsEmpty());
}

TEST_F(ControllerTest, WhatIsHeldForAFleetIsNoLeftoverAndItsNameIsTaken) {
  machine.held["line"] = {slice::Slice()};
  SqliteStore store(scratch.path());
  prepare(store);
  LocalController controller(machine, store, no_fleets(),
                             [] { return std::set<std::string>{"line"}; });
  EXPECT_THAT(*controller.leftovers(), IsEmpty());
  const auto refused = controller.up(graph_of(kLab + kLine), options, diagnostics);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kAlreadyExists);
  EXPECT_THAT(refused.error().message, HasSubstr("'line' as a machine of a fleet"));
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_TRUE(controller.up(graph_of(kLab + kPair), options, diagnostics));
  DownRequest by_name;
  by_name.names = {"line"};
  EXPECT_THAT(names_of(controller.down(by_name, options)),
              ElementsAre(HasSubstr("taken down there")));
  const auto all = controller.down(everything(), options);
  EXPECT_THAT(names_of(all), UnorderedElementsAre("pair", "lab"));
  EXPECT_THAT(held(), ElementsAre("line"));
}

TEST_F(ControllerTest, WhereWhatIsHeldIsUnknownNothingIsALeftover) {
  machine.held["line"] = {slice::Slice()};
  SqliteStore store(scratch.path());
  LocalController controller(machine, store, no_fleets(), [] {
    return Error{Errc::kFailedPrecondition, "member.db: damaged"};
  });
  EXPECT_FALSE(controller.leftovers());
  EXPECT_FALSE(controller.down(everything(), options));
  EXPECT_THAT(held(), ElementsAre("line"));
}

TEST_F(ControllerTest, LeftoversOfAFileGoInternetsFirst) {
  ASSERT_TRUE(up(kLab + kLine));
  std::filesystem::remove_all(scratch.path() + "/run/vinet");
  EXPECT_THAT(names_of(down(file({"lab"}, {"line"}))), ElementsAre("line", "lab"));
}

TEST_F(ControllerTest, F64ADamagedStateTouchesNothing) {
  ASSERT_TRUE(up(kLab + kLine));
  machine.calls.clear();
  const std::string path = scratch.path() + "/run/vinet/vinet.db";
  write_whole(path, read_whole(path).replace(100, 300, 300, 'x'));
  const std::string bytes = read_whole(path);
  for (const auto& outcome : {up(kLab + kPair), down({"lab"}), down(everything())}) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::kFailedPrecondition);
    EXPECT_THAT(outcome.error().message, HasSubstr("vinet.db"));
    EXPECT_THAT(outcome.error().message, HasSubstr("damaged"));
  }
  EXPECT_EQ(read_whole(path), bytes) << "it was touched";
  EXPECT_THAT(machine.calls, IsEmpty());
}

TEST_F(ControllerTest, MissingRightsAreToldAsSuch) {
  machine.inventory_status = Error{Errc::kPermissionDenied, "read routes: Operation not permitted"};
  const auto outcome = up(kLab + kLine);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kPermissionDenied);
  EXPECT_FALSE(state_directory_exists());
}

}  // namespace
}  // namespace vinet::control
