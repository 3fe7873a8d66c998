// The store: what is written is read back, and nothing that is damaged, foreign or half written is
// taken for state.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "control/intend.h"
#include "control/sqlite.h"
#include "control/sqlite_store.h"
#include "control/state_json.h"
#include "plan/plan_json.h"
#include "support/hash.h"
#include "unit/control/failing_vfs.h"
#include "unit/control/scratch.h"

namespace vinet::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Intention intention() {
  Diagnostics diagnostics;
  auto planned = intend(graph_of(kLab + kLine), State{}, plan::Inventory{}, diagnostics);
  EXPECT_TRUE(planned);
  return *planned;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    const Intention planned = intention();
    base = planned.bases.front().intent;
    internet = planned.internets.front().intent;
    internet.lease_end = LeaseEnd{"boot", 100, 200};
    operation.pid = 42;
    operation.bases = {"lab"};
    operation.internets = {"line", "pair"};
    operation.old_bases = {base};
    operation.old_internets = {{internet, ground_of(base.plan)}};
  }
  void fill() {
    Changes changes;
    changes.bases.push_back(base);
    changes.internets.push_back({internet, ground_of(base.plan)});
    changes.events.push_back({0, 7, "up", "line", "by hand"});
    const Status written = store().write(changes);
    ASSERT_TRUE(written) << written.error().message;
  }
  SqliteStore& store() { return *opened; }
  State full() const { return {{{"lab", base}}, {{"line", internet}}, std::nullopt}; }
  /// Ends this connection, so that the file is whole.
  void close() { opened = std::make_unique<SqliteStore>(scratch.path()); }

  Scratch scratch;
  std::unique_ptr<SqliteStore> opened = std::make_unique<SqliteStore>(scratch.path());
  BaseIntent base;
  InternetIntent internet;
  Operation operation;
};

/// What another connection to the store of this directory reads.
Result<State> load_again(const Scratch& scratch) {
  return SqliteStore(scratch.path()).load();
}

TEST_F(StoreTest, NoDirectoryIsAnEmptyState) {
  const auto state = store().load();
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->empty());
  EXPECT_THAT(*store().events(0, 10), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(store().directory()));
}

TEST_F(StoreTest, WhatIsWrittenIsReadBack) {
  fill();
  ASSERT_TRUE(store().put(operation));
  for (const auto& state : {store().load(), load_again(scratch)}) {
    ASSERT_TRUE(state) << state.error().message;
    EXPECT_EQ(state->bases.at("lab"), base);
    EXPECT_EQ(state->internets.at("line"), internet);
    EXPECT_EQ(state->operation, operation);
    EXPECT_EQ(phase_of_internet(*state, "line"), "changing");
    EXPECT_EQ(phase_of_internet(*state, "pair"), "pending");
    EXPECT_EQ(phase_of_base(*state, "lab"), "changing");
    EXPECT_THAT(state->standing_on("lab"), ElementsAre("line"));
  }
  const auto id = store().id();
  ASSERT_TRUE(id);
  EXPECT_THAT(*id, SizeIs(32));
  EXPECT_EQ(*SqliteStore(scratch.path()).id(), *id);
}

TEST_F(StoreTest, LinksToItsDirectoryAreFollowedALinkInItsPlaceIsNot) {
  fill();
  close();
  const std::string link = scratch.path() + "-link";
  std::filesystem::create_directory_symlink(scratch.path(), link);
  const SqliteStore behind(link);
  const auto state = behind.load();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(*state, full());

  const std::string file = store().file();
  std::filesystem::rename(file, file + "-away");
  std::filesystem::create_symlink(file + "-away", file);
  SqliteStore at_link(scratch.path());
  const auto refused = at_link.load();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("symbolic link"), std::string::npos)
      << refused.error().message;
  std::filesystem::remove(link);
}

TEST_F(StoreTest, ErasingLeavesNothing) {
  fill();
  ASSERT_TRUE(store().erase_internet("line"));
  ASSERT_TRUE(store().erase_internet("line")) << "fine if it is not there";
  ASSERT_TRUE(store().tidy());
  EXPECT_TRUE(std::filesystem::exists(store().file())) << "something is in it";
  ASSERT_TRUE(store().erase_base("lab"));
  ASSERT_TRUE(store().tidy());
  EXPECT_TRUE(std::filesystem::is_empty(store().directory()));
  EXPECT_TRUE(store().load()->empty());
}

TEST_F(StoreTest, ADaemonKeepsItsEvents) {
  fill();
  store().keep_when_empty(true);
  ASSERT_TRUE(store().erase_internet("line"));
  ASSERT_TRUE(store().erase_base("lab"));
  ASSERT_TRUE(store().tidy());
  EXPECT_THAT(*SqliteStore(scratch.path()).events(0, 10), SizeIs(1));
}

TEST_F(StoreTest, EventsAreNumberedAndBounded) {
  const auto events = [](uint64_t count) {
    Changes changes;
    for (uint64_t i = 0; i < count; ++i) changes.events.push_back({0, i, "tick", "line", "text"});
    return changes;
  };
  ASSERT_TRUE(store().write(events(Store::kMostEvents)));
  ASSERT_TRUE(store().write(events(3)));
  const auto all = store().events(0, Store::kMostEvents + 10);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), Store::kMostEvents);
  EXPECT_EQ(all->front().id, 4U);
  EXPECT_EQ(all->back(), (Event{Store::kMostEvents + 3, 2, "tick", "line", "text"}));
  EXPECT_THAT(*store().events(Store::kMostEvents, 10), SizeIs(3));
  const auto newest = store().events(0, 2);
  EXPECT_EQ(newest->front().id, Store::kMostEvents + 2);
}

TEST_F(StoreTest, AFailedWriteKeepsTheOldState) {
  fill();
  store().set_policy([](uint64_t, const std::string&) {
    return Error{Errc::kResourceExhausted, "no space"};
  });
  BaseIntent other = base;
  other.made_for_internet = !base.made_for_internet;
  EXPECT_FALSE(store().put(other));
  EXPECT_EQ(store().load()->bases.at("lab"), base);
}

TEST_F(StoreTest, AnUnwritableFolderIsAnErrorThatNamesIt) {
  std::filesystem::create_directories(scratch.path() + "/run");
  write_whole(scratch.path() + "/run/vinet", "a file where the folder should be");
  const Status written = store().put(base);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("/run/vinet"));
}

TEST_F(StoreTest, WhoHasADatabaseOpenThatAnotherRemovedSeesTheNewOne) {
  fill();
  SqliteStore other(scratch.path());
  ASSERT_TRUE(other.erase_internet("line"));
  ASSERT_TRUE(other.erase_base("lab"));
  ASSERT_TRUE(other.tidy());
  EXPECT_TRUE(store().load()->empty());
  ASSERT_TRUE(other.put(base));
  close();  // the last to close the old one must not take the log of the new one with it
  EXPECT_EQ(load_again(scratch)->bases.count("lab"), 1U);
}

TEST_F(StoreTest, WhatAnotherWroteIsSeenAlthoughWhatWasReadIsKept) {
  fill();
  const State first = *store().load();
  EXPECT_EQ(*store().load(), first);
  SqliteStore other(scratch.path());
  InternetIntent changed = internet;
  changed.digest = "another";
  ASSERT_TRUE(other.put(changed, ground_of(base.plan)));
  EXPECT_EQ(store().load()->internets.at("line").digest, "another");
  changed.digest = "a third";
  ASSERT_TRUE(store().put(changed, ground_of(base.plan)));
  EXPECT_EQ(store().load()->internets.at("line").digest, "a third");
  EXPECT_EQ(*store().load(), *load_again(scratch)) << "what is kept is what was written";
  EXPECT_EQ(*other.load(), *store().load());
}

TEST_F(StoreTest, WhatIsKeptIsWhatIsWrittenWhateverIsWritten) {
  fill();
  ASSERT_TRUE(store().load());
  Operation work;
  work.kind = Operation::Kind::kUp;
  work.pid = 7;
  work.bases = {"lab"};
  work.old_internets = {{internet, ground_of(base.plan)}};
  Changes begin;
  begin.operation = work;
  begin.internets.push_back({internet, ground_of(base.plan)});
  begin.internets.back().intent.digest = "new";
  Changes end;
  end.ends_operation = true;
  Changes away;
  away.erased_internets = {"line", "nobody"};
  away.erased_bases = {"lab"};
  for (const Changes& changes : {begin, end, away}) {
    ASSERT_TRUE(store().write(changes));
    EXPECT_EQ(*store().load(), *load_again(scratch)) << changes.describe();
  }
  EXPECT_TRUE(store().load()->empty());
}

// Killed between its last transaction and its copy (netns/kill9_cleaned does it).
TEST_F(StoreTest, TheCopyThatAKilledCommandDidNotMakeIsMadeByTheNext) {
  const std::string copy = scratch.path() + "/run/vinet/backup/state.db";
  const std::string old_copy = scratch.path() + "/old.db";
  const auto bases_in_copy = [&] {
    auto database = sqlite::Database::open(copy, sqlite::Database::Mode::kExisting);
    return database ? *database->ask("select count(*) from bases") : std::string("none");
  };
  fill();
  std::filesystem::copy_file(copy, old_copy);
  BaseIntent other = base;
  other.plan.name = "other";
  ASSERT_TRUE(store().put(other));
  EXPECT_EQ(bases_in_copy(), "2");
  std::filesystem::copy_file(old_copy, copy, std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(bases_in_copy(), "1");
  ASSERT_TRUE(SqliteStore(scratch.path()).tidy());
  EXPECT_EQ(bases_in_copy(), "2") << "it was too old";
  std::filesystem::remove(copy);
  ASSERT_TRUE(SqliteStore(scratch.path()).tidy());
  EXPECT_EQ(bases_in_copy(), "2") << "it was not there";
  std::filesystem::remove(copy);
  ASSERT_TRUE(store().put(Operation{}));
  ASSERT_TRUE(SqliteStore(scratch.path()).tidy());
  EXPECT_EQ(bases_in_copy(), "none") << "in the midst of a command there is none to make";
}

TEST_F(StoreTest, OnlyTheBasesAreReadWhereNoMoreIsAskedFor) {
  fill();
  auto database = sqlite::Database::open(store().file(), sqlite::Database::Mode::kExisting);
  ASSERT_TRUE(database->exec("update internets set content = 'broken'"));
  std::vector<std::string> damaged;
  const State bases = store().load_bases(damaged);
  EXPECT_EQ(bases.bases.count("lab"), 1U);
  EXPECT_TRUE(bases.internets.empty());
  EXPECT_THAT(damaged, IsEmpty());
  EXPECT_FALSE(store().load());
}

TEST_F(StoreTest, EveryCutAndEveryFlippedBitOfAnObjectIsSeen) {
  const std::string text = to_text(internet, ground_of(base.plan));
  ASSERT_GT(text.size(), 100U);
  for (size_t i = 0; i < text.size(); i += 7) {
    const auto cut = internet_from_text(text.substr(0, i));
    EXPECT_TRUE(!cut || i + 1 == text.size()) << "cut at " << i;
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 7)));
    const auto read = internet_from_text(flipped);
    // A flip in the white space between values changes nothing that matters.
    EXPECT_TRUE(!read || *read == internet) << "flipped at " << i;
  }
}

/// With a checksum that fits.
std::string sealed(const std::string& body) {
  return fmt::format("vinet state 2 {:016x}\n{}", stable_hash(body), body);
}

/// As versions wrote it that knew no internets on internets: with the whole base.
std::string text_with_whole_base(const InternetIntent& internet, const plan::BasePlan& base) {
  plan::Plan plan;
  plan.bases = {base};
  plan.internets = {internet.plan};
  const std::string part = plan::to_json(plan, -1);
  return sealed(fmt::format(R"({{"kind": "internet", "digest": "{}", "namespaces": ["{}"], )"
                            R"("lease_end": {{"boot": "boot", "boottime_s": 100, "wall_s": 200}}, )"
                            R"("parts": [{}]}})"
                            "\n",
                            internet.digest, fmt::join(internet.namespaces, R"(", ")"),
                            part.size()) +
                part);
}

TEST_F(StoreTest, RowsOfEarlierVersionsAreRead) {
  fill();
  auto database = sqlite::Database::open(store().file(), sqlite::Database::Mode::kExisting);
  auto update = database->prepare("update internets set content = ?");
  ASSERT_TRUE(update->bind(0, text_with_whole_base(internet, base.plan)).run());
  const auto state = store().load();
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(*state, full());
}

TEST_F(StoreTest, AnInternetIsReadOnWhateverItStands) {
  plan::InternetPlan lower = internet.plan;
  lower.name = "lower";
  for (const Ground& ground : {ground_of(base.plan), ground_of(lower)}) {
    internet.plan.base = ground.name;
    const auto read = internet_from_text(to_text(internet, ground));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, internet);
    Operation old;
    old.pid = 1;
    old.old_internets = {{internet, ground}};
    const auto again = operation_from_text(to_text(old));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, old);
  }
}

struct DamageCase {
  const char* name;
  std::string text;
  const char* message;
};
class Damage : public StoreTest, public ::testing::WithParamInterface<DamageCase> {};
TEST_P(Damage, OfAnObjectIsNamedAndTheRestIsReadable) {
  fill();
  auto database = sqlite::Database::open(store().file(), sqlite::Database::Mode::kExisting);
  ASSERT_TRUE(database);
  auto update = database->prepare("update internets set content = ?");
  ASSERT_TRUE(update);
  ASSERT_TRUE(update->bind(0, GetParam().text).run());
  const auto state = store().load();
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Errc::kFailedPrecondition);
  EXPECT_THAT(state.error().message, HasSubstr("vinet.db: internet line: "));
  EXPECT_THAT(state.error().message, HasSubstr(GetParam().message));
  EXPECT_THAT(state.error().message, HasSubstr("nothing was touched"));
  std::vector<std::string> damaged;
  EXPECT_EQ(store().load_readable(damaged).bases.count("lab"), 1U);
  EXPECT_EQ(damaged.size(), 1U);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Damage,
    ::testing::Values(
        DamageCase{"Empty", "", "damaged"}, DamageCase{"Zeroes", std::string(64, '\0'), "damaged"},
        DamageCase{"Noise", "\xff\xfe\x80garbage", "not a state of vinet"},
        DamageCase{"Foreign", "{\"hosts\": 3}\n", "not a state of vinet"},
        DamageCase{"OlderVersion", "vinet state 1 00\n{}\n", "this vinet reads 'vinet state 2'"},
        DamageCase{"NewerVersion", "vinet state 20 00\n{}\n", "the format 'vinet state 20'"},
        DamageCase{"OnlyItsName", "vinet state 2", "this vinet reads"},
        DamageCase{"WrongSum", "vinet state 2 00\n{\"kind\": \"internet\"}\n", "checksum"},
        DamageCase{"NotJson", sealed("{"), "no content"},
        DamageCase{"Deep", sealed(std::string(100'000, '[')), "no content"},
        DamageCase{"NoParts", sealed("{\"kind\": \"internet\"}\n"), "no list 'parts'"},
        DamageCase{"PartMissing", sealed("{\"kind\": \"internet\", \"parts\": [3]}\nab"),
                   "a part is missing"},
        DamageCase{"PartTooMany", sealed("{\"kind\": \"internet\", \"parts\": [1]}\nab"),
                   "more than its parts"},
        DamageCase{"NoPlan",
                   sealed("{\"kind\": \"internet\", \"parts\": [], \"digest\": \"\", "
                          "\"namespaces\": []}\n"),
                   "no plan"}),
    [](const auto& test) { return test.param.name; });

TEST_F(StoreTest, AnObjectUnderAnotherNameIsForeign) {
  fill();
  auto database = sqlite::Database::open(store().file(), sqlite::Database::Mode::kExisting);
  ASSERT_TRUE(database->exec("update internets set name = 'other'"));
  const auto state = store().load();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("internet other: holds the state of 'line'"));
}

TEST_F(StoreTest, AnotherKindOfObjectIsForeign) {
  fill();
  auto database = sqlite::Database::open(store().file(), sqlite::Database::Mode::kExisting);
  ASSERT_TRUE(database->exec("update internets set content = (select content from bases)"));
  const auto state = store().load();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("holds the state of base, not of internet"));
}

TEST_F(StoreTest, ADatabaseOfOthersOrOfANewerVinetIsRefused) {
  for (const auto& [sql, message] :
       {std::pair("pragma application_id = 7", "not vinet's"),
        std::pair("pragma application_id = 0x76696e65; pragma user_version = 4",
                  "`vinet backup --schema 3`"),
        std::pair("pragma user_version = 1", "an older vinet, whose state has version 1")}) {
    std::filesystem::remove_all(store().directory());
    fill();
    {
      auto database = sqlite::Database::open(store().file(), sqlite::Database::Mode::kExisting);
      ASSERT_TRUE(database->exec(sql));
    }
    SqliteStore again(scratch.path());
    const auto state = again.load();
    ASSERT_FALSE(state);
    EXPECT_THAT(state.error().message, HasSubstr(message));
    const Status written = again.put(base);
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr(message));
  }
}

// --- faults of storage (research/faults.md)
// ---------------------------------------------------------

TEST_F(StoreTest, F63ATruncatedDatabaseIsEmptyAndComesBackFromItsCopy) {
  fill();
  close();
  for (const char* file : {"", "-wal", "-shm"}) std::filesystem::remove(store().file() + file);
  write_whole(store().file(), "");
  EXPECT_TRUE(store().load()->empty());
  const auto restored = store().restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(*restored, SizeIs(1));
  EXPECT_EQ(*load_again(scratch), full());
  EXPECT_THAT(*store().restore(), IsEmpty()) << "nothing to do any more";
}

TEST_F(StoreTest, F64ADamagedDatabaseIsNamedKeptAsideAndNeverEmptied) {
  fill();
  close();
  std::string bytes = read_whole(store().file());
  ASSERT_GT(bytes.size(), 4096U);
  uint32_t random = 1;
  for (size_t i = 100; i < 3100; ++i) {
    random = random * 1664525 + 1013904223;
    bytes[i] = static_cast<char>(random >> 24);
  }
  write_whole(store().file(), bytes);
  const auto state = store().load();
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("vinet.db"));
  EXPECT_THAT(state.error().message, HasSubstr("vinet recover"));
  EXPECT_FALSE(store().put(base));
  ASSERT_TRUE(store().tidy());
  EXPECT_EQ(read_whole(store().file()), bytes) << "it was touched";
  const auto restored = store().restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_THAT(restored->front(), HasSubstr("put aside"));
  EXPECT_EQ(read_whole(store().file() + ".damaged-1"), bytes);
  EXPECT_EQ(*load_again(scratch), full());
}

TEST_F(StoreTest, F64GarbageOfAnyLengthIsNeverTakenForState) {
  fill();
  close();
  const std::string sound = read_whole(store().file());
  for (const size_t size : {2U, 15U, 16U, 99U, 100U, 511U, 4096U, 8192U}) {
    for (const bool noise : {false, true}) {
      std::string bytes = sound.substr(0, size);
      for (size_t i = 0; noise && i < size; ++i) bytes[i] = static_cast<char>(i * 37 + 11);
      write_whole(store().file(), bytes);
      const auto state = load_again(scratch);
      EXPECT_FALSE(state) << size;
      EXPECT_EQ(read_whole(store().file()), bytes) << size;
    }
  }
}

TEST_F(StoreTest, F64WithoutACopyWhatIsDamagedIsAsideAllTheSame) {
  fill();
  close();
  std::filesystem::remove_all(store().directory() + "/backup");
  write_whole(store().file(), std::string(5000, 'x'));
  const auto restored = store().restore();
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Errc::kNotFound);
  EXPECT_THAT(restored.error().message, HasSubstr("put aside"));
  EXPECT_EQ(read_whole(store().file() + ".damaged-1").size(), 5000U);
}

TEST_F(StoreTest, ACopyThatWasKeptTakesTheStatesPlaceAndTheFormerIsAside) {
  fill();
  close();
  const std::string kept = scratch.path() + "/kept.db";
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(store().file() + suffix, kept + suffix);
  }
  const std::string bytes = read_whole(kept), log = read_whole(kept + "-wal");
  ASSERT_TRUE(store().erase_internet("line"));
  const State later = *store().load();
  ASSERT_NE(later, full());
  const auto done = store().restore_from(kept);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*load_again(scratch), full());
  EXPECT_EQ(*store().load(), full()) << "who has it open sees the new one";
  EXPECT_EQ(read_whole(kept), bytes) << "it was written to";
  EXPECT_EQ(read_whole(kept + "-wal"), log) << "it was written to";
  ASSERT_TRUE(store().tidy());
  close();
  // The former one is a copy, too; and now there are two aside.
  const auto back = store().restore_from(store().file() + ".before-1");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*load_again(scratch), later);
  EXPECT_TRUE(std::filesystem::exists(store().file() + ".before-2"));
}

TEST_F(StoreTest, ACopyThatIsNotGoodIsRefusedAndNothingChanges) {
  fill();
  close();
  const std::string sound = read_whole(store().directory() + "/backup/state.db");
  std::string flipped = sound;
  for (size_t i = 100; i < flipped.size(); i += 7)
    flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
  const std::string kept = scratch.path() + "/kept.db";
  for (const std::string& bytes :
       {std::string(), std::string(5000, 'x'), sound.substr(0, 4096), flipped}) {
    write_whole(kept, bytes);
    const auto done = store().restore_from(kept);
    ASSERT_FALSE(done) << bytes.size();
    EXPECT_EQ(done.error().code, Errc::kFailedPrecondition) << done.error().message;
    EXPECT_THAT(done.error().message, HasSubstr(kept));
    EXPECT_EQ(*load_again(scratch), full());
    EXPECT_FALSE(std::filesystem::exists(store().file() + ".before-1"));
    EXPECT_FALSE(std::filesystem::exists(store().directory() + "/taken.db"));
  }
  EXPECT_EQ(store().restore_from(scratch.path() + "/nowhere").error().code, Errc::kNotFound);
  EXPECT_EQ(store().restore_from(scratch.path()).error().code, Errc::kInvalidArgument);
}

TEST_F(StoreTest, ACopyOfAStateInTheMiddleOfACommandIsRefused) {
  fill();
  ASSERT_TRUE(store().put(operation));
  close();
  const std::string kept = scratch.path() + "/kept.db";
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(store().file() + suffix, kept + suffix);
  }
  const auto done = store().restore_from(kept);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("while `vinet` was changing it"));
}

TEST_F(StoreTest, F65ALogThatIsCutAtAnyByteHoldsTheLastTransactionWholeOrNotAtAll) {
  fill();
  close();
  ASSERT_TRUE(store().put(operation));  // the connection stays open: the log is not yet emptied
  const std::string database = read_whole(store().file());
  const std::string log = read_whole(store().file() + "-wal");
  ASSERT_GT(log.size(), 4096U);
  size_t whole = 0;
  for (size_t cut = 0; cut <= log.size(); cut += cut % 4096 < 64 ? 1 : 97) {
    const Scratch copy;
    const SqliteStore torn(copy.path());
    std::filesystem::create_directories(torn.directory());
    write_whole(torn.file(), database);
    write_whole(torn.file() + "-wal", log.substr(0, cut));
    const auto state = torn.load();
    ASSERT_TRUE(state) << "cut at " << cut << ": " << state.error().message;
    State expected = full();
    if (state->operation) {
      expected.operation = operation;
      ++whole;
    }
    ASSERT_EQ(*state, expected) << "cut at " << cut;
  }
  EXPECT_EQ(whole, 0U) << "a log without its last byte is not whole";
  SqliteStore sound(scratch.path());
  EXPECT_EQ(sound.load()->operation, operation);
}

struct IoCase {
  const char* name;
  int code;
  bool for_ever;
  Errc errc;
};
class F66 : public StoreTest, public ::testing::WithParamInterface<IoCase> {};
TEST_P(F66, AnErrorAtAnyWriteOrSyncIsToldAndNothingIsCalledStoredThatIsNot) {
  int failed = 0;
  for (int n = 1;; ++n) {
    const Scratch place;
    State before;
    {
      SqliteStore first(place.path());
      ASSERT_TRUE(first.put(base));
      before = *first.load();
    }
    bool bitten = false;
    Status written = ok();
    {
      const FailingVfs vfs(n, GetParam().for_ever, GetParam().code);
      SqliteStore second(place.path());
      written = second.put(operation);
      bitten = vfs.bitten();
    }
    const auto after = SqliteStore(place.path()).load();
    ASSERT_TRUE(after) << n << ": " << after.error().message;
    if (written) {
      EXPECT_EQ(after->operation, operation) << n;
    } else {
      ++failed;
      EXPECT_EQ(written.error().code, GetParam().errc) << n << ": " << written.error().message;
      EXPECT_THAT(written.error().message, HasSubstr("vinet.db"));
      EXPECT_EQ(after->bases, before.bases) << n;
    }
    if (!bitten) break;
  }
  EXPECT_GE(failed, 2);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, F66,
    ::testing::Values(IoCase{"WriteOnce", SQLITE_IOERR_WRITE, false, Errc::kInternal},
                      IoCase{"WriteFromThenOn", SQLITE_IOERR_WRITE, true, Errc::kInternal},
                      IoCase{"FullOnce", SQLITE_FULL, false, Errc::kResourceExhausted},
                      IoCase{"FullFromThenOn", SQLITE_FULL, true, Errc::kResourceExhausted}),
    [](const auto& test) { return test.param.name; });

TEST_F(StoreTest, F67ADatabaseThatIsLockedByAnotherIsToldAfterFiveSeconds) {
  fill();
  auto other = sqlite::Database::open(store().file(), sqlite::Database::Mode::kExisting);
  ASSERT_TRUE(other->exec("begin exclusive"));
  const auto start = std::chrono::steady_clock::now();
  const Status written = store().put(operation);
  const auto waited = std::chrono::steady_clock::now() - start;
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kFailedPrecondition);
  EXPECT_THAT(written.error().message, HasSubstr("another program has locked it"));
  EXPECT_GE(waited, std::chrono::milliseconds(4500));
  EXPECT_LE(waited, std::chrono::seconds(20));
  EXPECT_TRUE(store().load()) << "looking is allowed";
  ASSERT_TRUE(other->exec("rollback"));
  EXPECT_TRUE(store().put(operation));
}

}  // namespace
}  // namespace vinet::control
