// A machine of a fleet: two phases, fencing, repetition, and every call that can fail or be the
// last.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/member/member_fixture.h"

namespace vinet::member {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// "" where it went well.
template <typename T>
std::string why(const Result<T>& result) {
  return result ? "" : result.error().message;
}
template <typename T>
Errc code_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? Errc::kInternal : result.error().code;
}

// --- two phases

TEST_F(MemberTest, PrepareChangesNothingAndCommitDoes) {
  ASSERT_EQ(why(prepare(order(1), {base_holding(), internet_holding("line")})), "");
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_THAT(member->held(), IsEmpty());
  EXPECT_THAT(member->report()->reservations, ElementsAre("op1"));
  ASSERT_EQ(why(member->commit(order(1), {})), "");
  EXPECT_THAT(machine.calls, ElementsAre("apply fleet", "apply line"));
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 1), Pair("line", 1)));
  EXPECT_THAT(member->report()->reservations, IsEmpty());
  EXPECT_THAT(events, ElementsAre("held fleet", "held line"));
  expect_realised();
}

TEST_F(MemberTest, RemovesComeFirstAndUpperBeforeLower) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line"),
                              internet_holding("top", {.on = "line", .link_address = 50})})),
            "");
  machine.calls.clear();
  ASSERT_EQ(why(up(order(2), {internet_holding("new")}, {"line", "top"})), "");
  EXPECT_THAT(machine.calls, ElementsAre("remove top", "remove line", "apply new"));
  machine.calls.clear();
  ASSERT_EQ(why(member->remove(order(3), {"new", "fleet"}, {})), "");
  EXPECT_THAT(machine.calls, ElementsAre("remove new", "remove fleet"));
  EXPECT_THAT(machine.held, IsEmpty());
}

TEST_F(MemberTest, AnAbortForgetsAndIsFineTwice) {
  ASSERT_EQ(why(prepare(order(1), {base_holding()})), "");
  EXPECT_EQ(why(member->abort(order(1))), "");
  EXPECT_EQ(why(member->abort(order(1))), "");
  EXPECT_THAT(why(member->commit(order(1), {})), HasSubstr("reservation expired"));
  EXPECT_THAT(machine.calls, IsEmpty());
}

TEST_F(MemberTest, AnAbortOfWhatWasCommittedIsRefused) {
  ASSERT_EQ(why(up(order(1), {base_holding()})), "");
  EXPECT_THAT(why(member->abort(order(1))), HasSubstr("was committed"));
  expect_realised();
}

// faults.md F-82.
TEST_F(MemberTest, AReservationExpiresByItself) {
  ASSERT_EQ(why(prepare(order(1), {base_holding()})), "");
  pass(seconds(29));
  EXPECT_THAT(member->report()->reservations, ElementsAre("op1"));
  pass(seconds(1));
  EXPECT_THAT(member->report()->reservations, IsEmpty());
  const auto late = member->commit(order(1), {});
  EXPECT_EQ(code_of(late), Errc::kFailedPrecondition);
  EXPECT_THAT(why(late), HasSubstr("reservation expired"));
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_EQ(why(up(order(2), {base_holding()})), "") << "nothing is in the way of another";
}

TEST_F(MemberTest, AReservationDiesWithTheDaemon) {
  ASSERT_EQ(why(prepare(order(1), {base_holding()})), "");
  start();
  EXPECT_THAT(why(member->commit(order(1), {})), HasSubstr("reservation expired"));
}

TEST_F(MemberTest, PrepareAgainReplacesItsReservation) {
  ASSERT_EQ(why(prepare(order(1), {base_holding(), internet_holding("line")})), "");
  ASSERT_EQ(why(prepare(order(1), {base_holding(), internet_holding("other")})), "");
  ASSERT_EQ(why(member->commit(order(1), {})), "");
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 1), Pair("other", 1)));
}

// faults.md F-80: it came when its controller had given it up, and goes on to the next thing.
TEST_F(MemberTest, F80ALateReservationIsNotInTheWayOfTheNextOne) {
  const fleet::Holding line = internet_holding("line");
  ASSERT_EQ(why(prepare(order(2), {base_holding(), line})), "");
  EXPECT_EQ(why(prepare(order(3), {base_holding(), line})), "");
  EXPECT_THAT(member->report()->reservations, ElementsAre("op3"));
  EXPECT_EQ(code_of(prepare(order(2), {base_holding(), line})), Errc::kAlreadyExists)
      << "the older one is in the newer one's way";
  ASSERT_EQ(why(member->commit(order(3), {})), "");
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 3), Pair("line", 3)));
}

// --- repetition

// faults.md F-81: the answer to a commit is lost.
TEST_F(MemberTest, ARepeatedCommitGetsTheSameAnswerAndNoSecondEffect) {
  ASSERT_EQ(why(prepare(order(1), {base_holding()})), "");
  const auto first = member->commit(order(1), {});
  ASSERT_EQ(why(first), "");
  for (const bool after_a_start : {false, true}) {
    if (after_a_start) start();
    const auto again = member->commit(order(1), {});
    ASSERT_EQ(why(again), "");
    EXPECT_EQ(again->created, first->created);
  }
  EXPECT_EQ(why(prepare(order(1), {base_holding()})), "") << "a late copy";
  EXPECT_THAT(member->report()->reservations, IsEmpty());
  EXPECT_THAT(machine.calls, ElementsAre("apply fleet"));
  EXPECT_THAT(events, ElementsAre("held fleet"));
}

TEST_F(MemberTest, ACommitThatFailedIsAnsweredAlike) {
  ASSERT_EQ(why(prepare(order(1), {base_holding()})), "");
  fail_at = number + 2;  // the store, then the machine
  const auto first = member->commit(order(1), {});
  heal();
  EXPECT_THAT(why(first), HasSubstr("made to fail"));
  EXPECT_EQ(why(member->commit(order(1), {})), why(first));
  EXPECT_EQ(why(up(order(1), {base_holding()})), "") << "the same operation tries again";
}

TEST_F(MemberTest, ARepeatedPutOrRemoveHasNoSecondEffect) {
  const std::vector<fleet::Holding> holdings = {base_holding(), internet_holding("line")};
  const auto first = member->put(order(1), holdings, {});
  ASSERT_EQ(why(first), "");
  const auto again = member->put(order(1), holdings, {});
  ASSERT_EQ(why(again), "");
  EXPECT_EQ(again->created, first->created);
  EXPECT_THAT(machine.calls, ElementsAre("apply fleet", "apply line"));
  ASSERT_EQ(why(member->remove(order(2), {"line"}, {})), "");
  ASSERT_EQ(why(member->remove(order(2), {"line"}, {})), "");
  EXPECT_EQ(std::count(events.begin(), events.end(), "let-go line"), 1);
  EXPECT_THAT(machine.calls, ElementsAre("apply fleet", "apply line", "remove line"));
}

TEST_F(MemberTest, ARepairIsNoRepetition) {
  ASSERT_EQ(why(member->put(order(1), {base_holding(), internet_holding("line")}, {})), "");
  ASSERT_EQ(why(member->remove(order(2), {"line"}, {})), "");
  ASSERT_EQ(why(member->put(order(3, "op1"), {base_holding(), internet_holding("line")}, {})), "");
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 3), Pair("line", 3)));
  expect_realised();
}

// --- fencing

struct FenceCase {
  const char* name;
  fleet::Order order;
  const char* refused;  ///< empty: obeyed
};
class Fence : public MemberTest, public ::testing::WithParamInterface<FenceCase> {};
// What the machine has seen: store S in term 5 by instance i5, `line` in generation 7.
TEST_P(Fence, OldAndStrangeOrdersAreRefused) {
  const fleet::Order& asked = GetParam().order;
  for (const bool after_a_start : {false, true}) {
    ASSERT_EQ(why(member->put(order(1, "a", 5, "i5"), {base_holding()}, {})), "");
    ASSERT_EQ(why(member->put(order(7, "b", 5, "i5"), {internet_holding("line")}, {})), "");
    if (after_a_start) start();
    const auto before = machine.calls.size();
    std::vector<std::string> answers = {
        why(member->put(asked, {internet_holding("line", {.nodes = 2})}, {})),
        why(member->remove(asked, {"line"}, {})),
        why(member->renew(asked, "line", 5)),
        why(prepare(asked, {internet_holding("line", {.nodes = 3})})),
    };
    if (*GetParam().refused == '\0') {
      EXPECT_EQ(answers[0], "");
      EXPECT_EQ(member->report()->refused_old, 0U);
      return;
    }
    for (const std::string& answer : answers) EXPECT_THAT(answer, HasSubstr(GetParam().refused));
    EXPECT_EQ(machine.calls.size(), before);
    EXPECT_EQ(member->report()->refused_old, 4U);
    EXPECT_EQ(std::count(events.begin(), events.end(), "refused S"), after_a_start ? 2 : 1)
        << "told once";
    expect_realised();
  }
}
fleet::Order said(uint64_t generation, uint64_t term, const std::string& instance) {
  return {"S", instance, term, generation, "x"};
}
INSTANTIATE_TEST_SUITE_P(
    F84, Fence,
    ::testing::Values(
        FenceCase{"OlderTerm", said(9, 4, "i4"), "term 4, this machine has seen term 5"},
        FenceCase{"SameInstanceOlderTerm", said(9, 4, "i5"), "has seen term 5"},
        FenceCase{"SecondInstance", said(9, 5, "i6"), "obeys instance i5, not i6"},
        FenceCase{"OlderGeneration", said(6, 5, "i5"), "line: generation 6 is older than 7"},
        FenceCase{"OlderGenerationOfANewTerm", said(6, 6, "i6"), "older than 7"},
        FenceCase{"SameGeneration", said(7, 5, "i5"), ""},
        FenceCase{"NewTerm", said(8, 6, "i6"), ""}),
    [](const auto& test) { return test.param.name; });

// faults.md F-80: a message of before the removal comes after it.
TEST_F(MemberTest, WhatIsRemovedStaysRemovedForOldMessages) {
  ASSERT_EQ(why(member->put(order(1), {base_holding(), internet_holding("line")}, {})), "");
  ASSERT_EQ(why(member->remove(order(3), {"line"}, {})), "");
  start();
  EXPECT_THAT(why(member->put(order(2), {internet_holding("line")}, {})),
              HasSubstr("older than 3"));
  EXPECT_EQ(why(member->put(order(4), {internet_holding("line")}, {})), "");
}

TEST_F(MemberTest, AnUndoBetweenPrepareAndCommitWins) {
  ASSERT_EQ(why(prepare(order(1), {base_holding()})), "");
  ASSERT_EQ(why(member->remove(order(2), {"fleet"}, {})), "");
  EXPECT_EQ(code_of(member->commit(order(1), {})), Errc::kFailedPrecondition);
  EXPECT_THAT(machine.held, IsEmpty());
}

TEST_F(MemberTest, ANewTermMayCommitWhatTheOldOnePrepared) {
  ASSERT_EQ(why(prepare(order(1), {base_holding()})), "");
  EXPECT_EQ(why(member->commit(order(1, "op1", 2, "i2"), {})), "");
  expect_realised();
}

TEST_F(MemberTest, AnOrderOfNobodyIsRefused) {
  for (const fleet::Order& bad :
       {fleet::Order{"", "i", 1, 1, "o"}, fleet::Order{"S", "", 1, 1, "o"}}) {
    EXPECT_EQ(code_of(member->put(bad, {base_holding()}, {})), Errc::kInvalidArgument);
  }
  EXPECT_EQ(code_of(prepare(fleet::Order{"S", "i", 1, 1, ""}, {base_holding()})),
            Errc::kInvalidArgument);
}

// --- failures and kills

/// What the tests below do to a machine that holds `fleet`, `line` and `top`.
struct Deed {
  const char* name;
  std::vector<fleet::Holding> puts;
  std::vector<std::string> removes;
  bool two_phases = true;
};
class EveryCall : public MemberTest, public ::testing::WithParamInterface<Deed> {
 protected:
  void begin() {
    heal();
    machine.held.clear();
    std::filesystem::remove_all(scratch.path() + "/run");
    start();
    ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line"),
                                internet_holding("top", {.on = "line", .link_address = 50})})),
              "");
    before = machine.held;
    events.clear();
  }
  Status act() {
    const Deed& deed = GetParam();
    if (deed.two_phases) return up(order(2), deed.puts, deed.removes);
    if (!deed.removes.empty()) TRY(member->remove(order(2), deed.removes, {}));
    if (!deed.puts.empty()) TRY(member->put(order(2), deed.puts, {}));
    return ok();
  }
  std::map<std::string, std::vector<slice::Slice>> after() const {
    auto held = before;
    for (const std::string& owner : GetParam().removes) held.erase(owner);
    for (const fleet::Holding& put : GetParam().puts) held[put.owner] = put.slices;
    return held;
  }
  std::map<std::string, std::vector<slice::Slice>> before;
};

TEST_P(EveryCall, ThatFailsLeavesAllAsItWas) {
  for (size_t n = 1;; ++n) {
    begin();
    number = 0;
    fail_at = n;
    const Status done = act();
    const size_t called = number;
    heal();
    look();  // where going back failed, or the store
    const std::string when = fmt::format("call {} failed: {}", n, why(done));
    if (called < n) {
      ASSERT_EQ(why(done), "");
      ASSERT_EQ(machine.held, after());
      EXPECT_GT(n, 3U);
      return;
    }
    if (GetParam().two_phases || GetParam().puts.empty() || GetParam().removes.empty()) {
      EXPECT_EQ(machine.held, done ? after() : before) << when;
    }
    expect_realised(when);
    EXPECT_EQ(member->trouble(), "") << when;
    start();
    expect_realised(when + ", and after a start");
  }
}

TEST_P(EveryCall, ThatIsTheLastIsCompletedByTheNextStart) {
  for (size_t n = 1;; ++n) {
    begin();
    number = 0;
    fail_at = n;
    dead = true;
    (void)act();
    const size_t called = number;
    heal();
    start();
    look();
    const std::string when = fmt::format("killed at call {}", n);
    if (called < n) return;
    const bool all = machine.held == after(), none = machine.held == before;
    const bool half_asked = !GetParam().two_phases && !GetParam().puts.empty();
    EXPECT_TRUE(all || none || half_asked) << when;
    expect_realised(when);
    EXPECT_EQ(why(member->commit(order(2), {})).find("made to fail"), std::string::npos) << when;
  }
}

TEST_P(EveryCall, ThatCannotBeUndoneAtOnceIsUndoneLater) {
  begin();
  number = 0;
  dead = true;
  fail_at = 2;  // from the first call of the machine on
  ASSERT_FALSE(act());
  heal();
  look();
  EXPECT_EQ(member->trouble(), "");
  expect_realised();
}

INSTANTIATE_TEST_SUITE_P(
    F02, EveryCall,
    ::testing::Values(Deed{"Make",
                           {internet_holding("new", {.link_address = 90}),
                            internet_holding("other", {.link_address = 99})},
                           {}},
                      Deed{"Change",
                           {internet_holding("line", {.nodes = 2}),
                            internet_holding("top", {.on = "line", .link_address = 60})},
                           {}},
                      Deed{"Remove", {}, {"top", "line"}},
                      Deed{"All",
                           {internet_holding("new", {.link_address = 90}), base_holding()},
                           {"top", "line"}},
                      Deed{"Put", {internet_holding("line", {.nodes = 3})}, {}, false},
                      Deed{"Undo", {internet_holding("line", {.nodes = 3})}, {"top"}, false},
                      Deed{"Down", {}, {"top", "line", "fleet"}, false}),
    [](const auto& test) { return test.param.name; });

// --- by itself

TEST_F(MemberTest, WhatIsRemovedByHandIsMadeAgain) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line")})), "");
  machine.held.erase("line");
  look();
  expect_realised();
  EXPECT_THAT(events, ::testing::Contains("repaired line"));
  EXPECT_EQ(member->report()->held[1].trouble, "");
}

TEST_F(MemberTest, WhatCannotBeRepairedIsSaidAndTheRestIsRepaired) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("a"),
                              internet_holding("b", {.link_address = 90})})),
            "");
  machine.held.clear();
  machine.policy = [](const std::string& what) -> Status {
    return what == "apply a" ? Status(Error{Errc::kInternal, "no memory", 0}) : ok();
  };
  look();
  look();
  EXPECT_THAT(member->report()->held[0].trouble, HasSubstr("no memory"));
  EXPECT_TRUE(machine.held.contains("b"));
  EXPECT_EQ(std::count(events.begin(), events.end(), "trouble a"), 1) << "told once";
  machine.policy = {};
  look();
  EXPECT_EQ(member->report()->held[0].trouble, "");
  expect_realised();
}

TEST_F(MemberTest, F30ALostBaseAddressIsSaidOnceAndOverWhenItIsBack) {
  ASSERT_TRUE(up(order(1), {base_holding(), internet_holding("line")}));
  const auto trouble = [&] {
    const fleet::MemberReport report = *member->report();
    for (const fleet::Held& held : report.held) {
      if (held.owner == "fleet") return held.trouble;
    }
    return std::string("not held");
  };
  look();
  EXPECT_EQ(trouble(), "");
  events.clear();
  has_address = false;
  for (int i = 0; i < 3; ++i) look();
  EXPECT_THAT(trouble(), HasSubstr("fleet.x has lost its base address 10.99.1.2"));
  EXPECT_THAT(events, ElementsAre("trouble fleet"));
  expect_realised("nothing is guessed");
  has_address = true;
  look();
  EXPECT_EQ(trouble(), "");
}

TEST_F(MemberTest, AfterARebootAllIsRebuilt) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line"),
                              internet_holding("top", {.on = "line", .link_address = 50})})),
            "");
  reboot();
  machine.calls.clear();
  look();
  EXPECT_THAT(machine.calls, ElementsAre("apply fleet", "apply line", "apply top"));
  expect_realised();
}

// The machine alone, without its controller.
TEST_F(MemberTest, AnEndedLeaseTakesWhatStandsOnItAlong) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line", {.lease_s = 60}),
                              internet_holding("top", {.on = "line", .link_address = 50}),
                              internet_holding("stays", {.link_address = 90})})),
            "");
  pass(seconds(59));
  look();
  EXPECT_EQ(*member->report()->held[1].lease_left_s, 1U);
  pass(seconds(1));
  LocalMember::Keeping not_now;
  not_now.ends_leases = false;
  member->keep(not_now);
  EXPECT_TRUE(machine.held.contains("line"));
  machine.calls.clear();
  look();
  EXPECT_THAT(machine.calls, ElementsAre("remove top", "remove line"));
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 1), Pair("stays", 1)));
  EXPECT_THAT(events, ::testing::Contains("lease-ended line"));
}

TEST_F(MemberTest, ARenewedLeaseBeginsAnew) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line", {.lease_s = 60}),
                              internet_holding("free", {.link_address = 90})})),
            "");
  pass(seconds(50));
  ASSERT_EQ(why(member->renew(order(1), "line", std::nullopt)), "");
  pass(seconds(50));
  look();
  EXPECT_TRUE(machine.held.contains("line"));
  ASSERT_EQ(why(member->renew(order(1), "line", 600)), "");
  start();
  EXPECT_EQ(*member->report()->held[2].lease_left_s, 600U);
  EXPECT_EQ(code_of(member->renew(order(1), "nothing", 5)), Errc::kNotFound);
  EXPECT_EQ(code_of(member->renew(order(1), "free", std::nullopt)), Errc::kFailedPrecondition);
}

// faults.md F-75, F-77: within a boot nobody's calendar counts, across boots nothing else does.
TEST_F(MemberTest, LeasesFollowTheClockThatCounts) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line", {.lease_s = 600})})), "");
  clocks.wall_us += uint64_t{86'400} * 1'000'000;
  look();
  EXPECT_TRUE(machine.held.contains("line"));
  clocks.wall_us -= uint64_t{86'400} * 1'000'000;
  reboot();
  look();
  EXPECT_EQ(*member->report()->held[1].lease_left_s, 600U);
  pass(seconds(600));
  look();
  EXPECT_FALSE(machine.held.contains("line"));
}

// A base that cannot be kept: refused before anything is made.
TEST_F(MemberTest, ATroubledBaseTakesNothingMore) {
  ASSERT_EQ(why(up(order(1), {base_holding()})), "");
  machine.held.erase("fleet");
  dead = true;
  fail_at = number + 1;
  look();
  heal();
  const Status refused = prepare(order(2), {internet_holding("line")});
  EXPECT_EQ(code_of(refused), Errc::kFailedPrecondition);
  EXPECT_THAT(why(refused), HasSubstr("'fleet' is in trouble here: made to fail"));
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 1)));
  look();
  EXPECT_EQ(why(up(order(3), {internet_holding("line")})), "");
}

// --- its store

// faults.md F-64.
TEST_F(MemberTest, ADamagedStoreMeansWatchOnly) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line")})), "");
  const std::string file = store->file();
  member.reset();
  store.reset();
  std::string bytes = control::read_whole(file);
  const size_t at = bytes.find("vinet member 1");
  ASSERT_NE(at, std::string::npos);
  // The log is in the file by now, or beside it.
  for (const char* suffix : {"", "-wal"}) {
    std::string text = control::read_whole(file + suffix);
    for (size_t i = text.find("\"owner\""); i != std::string::npos;
         i = text.find("\"owner\"", i + 1)) {
      text[i + 1] = 'X';
    }
    if (!text.empty()) control::write_whole(file + suffix, text);
  }
  start();
  EXPECT_THAT(member->report()->trouble, HasSubstr("damaged"));
  EXPECT_THAT(member->report()->facts.takes_none_because, HasSubstr("damaged"));
  EXPECT_TRUE(member->may_hold("anything"));
  EXPECT_FALSE(member->idle());
  machine.held.erase("line");
  machine.calls.clear();
  look();
  EXPECT_THAT(machine.calls, IsEmpty());
  EXPECT_EQ(code_of(prepare(order(2), {internet_holding("new")})), Errc::kUnavailable);
  EXPECT_EQ(code_of(member->remove(order(2), {"line"}, {})), Errc::kUnavailable);
  EXPECT_FALSE(held_owners(scratch.path()).has_value() && held_owners(scratch.path())->empty());
}

TEST_F(MemberTest, RecoverPutsADamagedStoreAside) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line")})), "");
  const auto nothing = member->recover();
  ASSERT_TRUE(nothing);
  EXPECT_THAT(*nothing, IsEmpty());
  const std::string file = store->file();
  member.reset();
  store.reset();
  control::write_whole(file, std::string(8192, 'x'));
  start();
  EXPECT_THAT(member->trouble(), Not(IsEmpty()));
  const auto done = member->recover();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(*done, ElementsAre(HasSubstr("member.db.damaged-1")));
  EXPECT_EQ(control::read_whole(file + ".damaged-1"), std::string(8192, 'x'));
  EXPECT_EQ(member->trouble(), "");
  EXPECT_THAT(member->report()->held, IsEmpty());
  // What is in the kernel stays until somebody says what it shall be.
  EXPECT_TRUE(machine.held.contains("line"));
  look();
  EXPECT_TRUE(machine.held.contains("line"));
  ASSERT_TRUE(member->put(order(2), {base_holding(), internet_holding("line")}, {}));
  EXPECT_EQ(member->report()->held.size(), 2U);
  start();
  EXPECT_EQ(member->report()->held.size(), 2U);
}

TEST_F(MemberTest, RecoverLeavesAStoreOfAnotherVersion) {
  ASSERT_EQ(why(up(order(1), {base_holding()})), "");
  ASSERT_NO_FATAL_FAILURE(start_after("pragma user_version = 99"));
  EXPECT_EQ(code_of(member->recover()), Errc::kFailedPrecondition);
  EXPECT_THAT(member->trouble(), HasSubstr("version 99"));
}

// --- forgetting by hand

TEST_F(MemberTest, ForgetsWhatItIsTold) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line"),
                              internet_holding("upper", {.on = "line", .link_address = 50}),
                              internet_holding("other", {.link_address = 90})})),
            "");
  EXPECT_EQ(code_of(member->forget({"nothing"}, false, {})), Errc::kNotFound);
  EXPECT_EQ(code_of(member->forget({"line"}, false, {})), Errc::kFailedPrecondition);
  EXPECT_EQ(code_of(member->forget({"other", "nothing"}, true, {})), Errc::kNotFound);
  EXPECT_EQ(member->report()->held.size(), 4U);
  machine.calls.clear();
  ASSERT_TRUE(member->forget({"line"}, true, {}));
  EXPECT_THAT(machine.held, Not(Contains(Key("line"))));
  EXPECT_THAT(machine.held, Not(Contains(Key("upper"))));
  EXPECT_THAT(events, Contains("forgotten line"));
  EXPECT_THAT(events, Contains("forgotten upper"));
  // Also after a start, and the rest stays.
  start();
  look();
  EXPECT_EQ(member->report()->held.size(), 2U);
  EXPECT_TRUE(machine.held.contains("other"));
  // Whoever is still there brings it back, also with the generation that it had.
  ASSERT_TRUE(member->put(order(1, "again"), {internet_holding("line")}, {}));
  EXPECT_TRUE(machine.held.contains("line"));
}

TEST_F(MemberTest, ForgetsAllOrNothingWhereACallFails) {
  ASSERT_EQ(why(up(order(1), {base_holding()})), "");
  bool done = false;
  for (size_t call = 1; !done; ++call) {
    ASSERT_LT(call, 20U);
    ASSERT_EQ(
        why(up(order(call + 1), {internet_holding("line"),
                                 internet_holding("upper", {.on = "line", .link_address = 50})})),
        "");
    number = 0;
    fail_at = call;
    done = member->forget({"line"}, true, {}).has_value() && number < call;
    heal();
    look();
    expect_realised(std::to_string(call));
    const size_t held = member->report()->held.size();
    EXPECT_TRUE(held == 1 || held == 3) << call << ": " << held;
  }
  ASSERT_TRUE(member->forget({"fleet"}, false, {}));
  EXPECT_TRUE(member->idle());
}

struct ForeignCase {
  const char* name;
  std::string sql, says;
};
class Foreign : public MemberTest, public ::testing::WithParamInterface<ForeignCase> {};
TEST_P(Foreign, IsNotOpenedAndStays) {
  ASSERT_EQ(why(up(order(1), {base_holding()})), "");
  ASSERT_NO_FATAL_FAILURE(start_after(GetParam().sql));
  EXPECT_THAT(member->trouble(), HasSubstr(GetParam().says));
  machine.calls.clear();
  look();
  EXPECT_EQ(code_of(prepare(order(2), {internet_holding("new")})), Errc::kUnavailable);
  EXPECT_THAT(machine.calls, IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(F66, Foreign,
                         ::testing::Values(ForeignCase{"Another", "pragma application_id = 5",
                                                       "not of a machine of vinet"},
                                           ForeignCase{"Newer", "pragma user_version = 99",
                                                       "this one reads version 1"}),
                         [](const auto& test) { return test.param.name; });

TEST_F(MemberTest, AFullDiskIsSaidAndOverWhenItIsOver) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line")})), "");
  dead = true;
  fail_at = number + 1;
  EXPECT_FALSE(member->put(order(2), {internet_holding("line", {.nodes = 2})}, {}));
  EXPECT_THAT(member->trouble(), HasSubstr("made to fail"));
  EXPECT_EQ(code_of(prepare(order(3), {internet_holding("new")})), Errc::kUnavailable);
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 1), Pair("line", 1)));
  heal();
  look();
  EXPECT_EQ(member->trouble(), "");
  EXPECT_EQ(why(member->put(order(2), {internet_holding("line", {.nodes = 2})}, {})), "");
}

TEST_F(MemberTest, AStoreThatSomebodyRemovedIsWrittenAgain) {
  ASSERT_EQ(why(up(order(1), {base_holding(), internet_holding("line")})), "");
  std::filesystem::remove_all(scratch.path() + "/run/vinet");
  look();
  start();
  EXPECT_THAT(generations(), ElementsAre(Pair("fleet", 1), Pair("line", 1)));
  EXPECT_THAT(*held_owners(scratch.path()), UnorderedElementsAre("fleet", "line"));
}

TEST_F(MemberTest, WhoHoldsNothingLeavesNoFile) {
  look();
  EXPECT_TRUE(member->idle());
  EXPECT_TRUE(member->report());
  EXPECT_FALSE(std::filesystem::exists(scratch.path() + "/run"));
}

TEST_F(MemberTest, ItsMachineIsForLooksOnly) {
  ASSERT_EQ(why(up(order(1), {base_holding()})), "");
  const std::shared_ptr<machine::Machine> looking = *member->machine();
  EXPECT_THAT(*looking->list_owners(), ElementsAre("fleet"));
  EXPECT_EQ(code_of(looking->remove("fleet", {}, {})), Errc::kUnimplemented);
  EXPECT_EQ(code_of(looking->apply({}, {})), Errc::kUnimplemented);
  expect_realised();
}

}  // namespace
}  // namespace vinet::member
