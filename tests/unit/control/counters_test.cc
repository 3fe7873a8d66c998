// Terms and generations: they only grow, whatever becomes of the store, so that a machine can tell
// the later word from the earlier.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "control/intend.h"
#include "control/sqlite_store.h"
#include "control/state_json.h"
#include "unit/control/fake_machine.h"
#include "unit/control/scratch.h"

namespace vinet::control {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A base and an internet of a fleet, as of generation 7.
Changes fleet() {
  Diagnostics diagnostics;
  auto planned = intend(graph_of(kLab + kLine), State{}, plan::Inventory{}, diagnostics);
  EXPECT_TRUE(planned);
  Changes changes;
  changes.bases.push_back(planned->bases.front().intent);
  changes.bases.back().generation = 7;
  changes.internets.push_back(
      {planned->internets.front().intent, ground_of(planned->bases.front().intent.plan)});
  changes.internets.back().intent.generation = 7;
  return changes;
}

uint64_t taken(Result<uint64_t> number) {
  EXPECT_TRUE(number) << number.error().message;
  return number ? *number : 0;
}

TEST(Counters, OnlyGrowAndAreStored) {
  const Scratch scratch;
  uint64_t term = 0, generation = 0;
  for (int i = 0; i < 100; ++i) {
    SqliteStore store(scratch.path());  // as many daemons, one after the other
    const uint64_t next_term = taken(store.begin_term());
    const uint64_t next_generation = taken(store.next_generation());
    ASSERT_GT(next_term, term);
    ASSERT_GT(next_generation, generation);
    term = next_term;
    generation = next_generation;
  }
  SqliteStore store(scratch.path());
  EXPECT_EQ(taken(store.begin_term(term + 1'000'000'000'000)), term + 1'000'000'000'001);
  EXPECT_EQ(taken(store.begin_term()), term + 1'000'000'000'002);  // a clock that is behind
}

TEST(Counters, ANumberThatIsNotStoredIsNotGiven) {
  const Scratch scratch;
  SqliteStore store(scratch.path());
  const uint64_t term = taken(store.begin_term());
  store.set_policy([](uint64_t, const std::string& what) {
    return Status(Error{Errc::kInternal, "made to fail: " + what});
  });
  const auto next = store.begin_term();
  ASSERT_FALSE(next);
  EXPECT_THAT(next.error().message, HasSubstr("made to fail: store.next term"));
  store.set_policy(nullptr);
  EXPECT_GT(taken(store.begin_term()), term);
}

// F-84: of two controllers over copies of one store the one that began later has the higher term.
TEST(Counters, F84StoresOfOneOriginNeverGiveTheSameTerm) {
  const Scratch here, there;
  SqliteStore first(here.path());
  ASSERT_TRUE(first.write(fleet()));
  std::filesystem::create_directories(there.path() + "/run");
  std::filesystem::copy(here.path() + "/run/vinet", there.path() + "/run/vinet",
                        std::filesystem::copy_options::recursive);
  SqliteStore second(there.path());
  EXPECT_EQ(*first.id(), *second.id());
  uint64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const uint64_t of_first = taken(first.begin_term());
    const uint64_t of_second = taken(second.begin_term());
    ASSERT_GT(of_first, last);
    ASSERT_GT(of_second, of_first);
    last = of_second;
  }
}

TEST(Counters, AStoreThatWasSetBackSpeaksWithANewGeneration) {
  for (const bool own_copy : {true, false}) {
    const Scratch scratch;
    const std::string kept = scratch.path() + "/kept.db";
    uint64_t term = 0, generation = 0;
    {
      SqliteStore store(scratch.path());
      ASSERT_TRUE(store.write(fleet()));
      std::filesystem::copy_file(scratch.path() + "/run/vinet/backup/state.db", kept);
      for (int i = 0; i < 10; ++i) term = taken(store.begin_term());
      for (int i = 0; i < 10; ++i) generation = taken(store.next_generation());
    }
    SqliteStore store(scratch.path());
    if (own_copy) std::filesystem::resize_file(store.file(), 0);
    const auto done = own_copy ? store.restore() : store.restore_from(kept);
    ASSERT_TRUE(done) << done.error().message;
    const auto state = store.load();
    ASSERT_TRUE(state) << state.error().message;
    EXPECT_GT(state->bases.at("lab").generation, generation);
    EXPECT_EQ(state->internets.at("line").generation, state->bases.at("lab").generation);
    EXPECT_GT(taken(store.next_generation()), state->bases.at("lab").generation);
    EXPECT_GT(taken(store.begin_term()), term);
    EXPECT_EQ(own_copy, !std::filesystem::exists(store.file() + ".before-1"));
    EXPECT_FALSE(std::filesystem::exists(scratch.path() + "/run/vinet/taken.db"));
  }
}

TEST(Counters, WhatIsNotOnAFleetHasNoneAlsoAfterARestore) {
  const Scratch scratch;
  Changes changes = fleet();
  changes.bases.back().generation = changes.internets.back().intent.generation = 0;
  SqliteStore store(scratch.path());
  ASSERT_TRUE(store.write(changes));
  const std::string kept = scratch.path() + "/kept.db";
  std::filesystem::copy_file(scratch.path() + "/run/vinet/backup/state.db", kept);
  ASSERT_TRUE(store.restore_from(kept));
  EXPECT_EQ(store.load()->bases.at("lab"), changes.bases.back());
  EXPECT_EQ(store.load()->internets.at("line"), changes.internets.back().intent);
}

// A computer's own labs are written as before, byte for byte; what fleets need is read back.
TEST(Counters, AreInTheTextsOfObjectsOnlyWhereTheyAreCounted) {
  Changes changes = fleet();
  BaseIntent base = changes.bases.back();
  OldInternet internet = changes.internets.back();
  Operation operation;
  operation.bases = {"lab"};
  operation.id = "0123abcd";
  operation.decided = true;
  operation.generation = 9;
  EXPECT_EQ(*base_from_text(to_text(base)), base);
  EXPECT_EQ(*internet_from_text(to_text(internet.intent, internet.ground)), internet.intent);
  EXPECT_EQ(*operation_from_text(to_text(operation)), operation);
  base.generation = internet.intent.generation = 0;
  operation = Operation();
  EXPECT_THAT(to_text(base), Not(HasSubstr("generation")));
  EXPECT_THAT(to_text(internet.intent, internet.ground), Not(HasSubstr("generation")));
  for (const char* word : {"generation", "decided", "\"id\""}) {
    EXPECT_THAT(to_text(operation), Not(HasSubstr(word)));
  }
}

}  // namespace
}  // namespace vinet::control
