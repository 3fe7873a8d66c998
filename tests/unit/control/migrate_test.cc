// Versions of the schema: F-134, a step that is killed or fails at any write leaves the old version
// or the new one, with the same content; and back.
#include "control/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "control/copy.h"
#include "control/intend.h"
#include "control/rows.h"
#include "control/schema.h"
#include "control/sqlite_store.h"
#include "control/state_json.h"
#include "unit/control/failing_vfs.h"
#include "unit/control/scratch.h"

namespace vinet::control {
namespace {

using sqlite::Database;
using ::testing::HasSubstr;

// As version 2 of the schema was made.
constexpr char kVersion2[] = R"(
create table meta(key text primary key, value text not null) without rowid;
create table bases(name text not null unique, content text not null);
create table internets(name text not null unique, content text not null);
create table operation(one integer primary key check (one = 1), content text not null);
create table events(id integer primary key autoincrement, time_us integer not null,
  kind text not null, object text not null, text text not null);
insert into meta values ('store', '00112233445566778899aabbccddeeff'), ('writes', '7');
insert into events(time_us, kind, object, text) values (5, 'up', 'line', 'by hand');
pragma application_id = 1986621029;
pragma user_version = 2;
)";

class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest() {
    Diagnostics diagnostics;
    auto planned = intend(graph_of(kLab + kLine), State{}, plan::Inventory{}, diagnostics);
    EXPECT_TRUE(planned);
    base = planned->bases.front().intent;
    internet = planned->internets.front().intent;
  }
  /// A database as a vinet of version 2 left it, with its log.
  void make_old(const std::string& root) const {
    std::filesystem::create_directories(root + "/run/vinet");
    auto database = Database::open(root + "/run/vinet/vinet.db", Database::Mode::kCreate);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->exec("pragma journal_mode = wal"));
    ASSERT_TRUE(database->exec(kVersion2));
    auto insert = database->prepare("insert into bases values ('lab', ?)");
    ASSERT_TRUE(insert->bind(0, to_text(base)).run());
    insert = database->prepare("insert into internets values ('line', ?)");
    ASSERT_TRUE(insert->bind(0, to_text(internet, ground_of(base.plan))).run());
  }
  State content() const { return {{{"lab", base}}, {{"line", internet}}, std::nullopt}; }
  static int64_t version_of(const std::string& file) {
    auto database = Database::open(file, Database::Mode::kExisting);
    EXPECT_TRUE(database);
    const auto version = schema_of(*database);
    EXPECT_TRUE(version);
    return version ? *version : -1;
  }
  /// All rows of a database as text, as `sqlite3 FILE .dump` has them.
  static std::string dump(const std::string& file) {
    std::string text;
    auto database = Database::open(file, Database::Mode::kExisting);
    for (const char* rows :
         {"select key || '=' || value from meta order by key", "select name || content from bases",
          "select name || content from internets", "select content from operation",
          "select id || kind || object || text from events"}) {
      auto statement = database->prepare(rows);
      EXPECT_TRUE(statement);
      while (*statement->step()) text += statement->text(0) + "\n";
    }
    return text;
  }

  Scratch scratch;
  BaseIntent base;
  InternetIntent internet;
};

TEST_F(MigrateTest, AnOldDatabaseIsReadAsItIsAndBroughtUpByTheFirstWrite) {
  make_old(scratch.path());
  SqliteStore store(scratch.path());
  EXPECT_EQ(*store.load(), content());
  EXPECT_EQ(version_of(store.file()), 2);
  const std::string before = dump(store.file());
  ASSERT_GT(*store.begin_term(), 0u);
  EXPECT_EQ(version_of(store.file()), kSchema);
  EXPECT_EQ(*store.load(), content());
  EXPECT_EQ(*store.id(), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(store.events(0, 10)->size(), 1u);
  const std::string kept = store.directory() + "/backup/state.v2.db";
  EXPECT_EQ(version_of(kept), 2);
  EXPECT_EQ(dump(kept), before);
  // It goes when nothing is there any more of which it is a copy.
  Changes gone;
  gone.erased_bases = {"lab"};
  gone.erased_internets = {"line"};
  ASSERT_TRUE(store.write(gone));
  ASSERT_TRUE(store.tidy());
  EXPECT_FALSE(std::filesystem::exists(kept));
}

TEST_F(MigrateTest, DownAndUpAgainIsTheSame) {
  make_old(scratch.path());
  SqliteStore store(scratch.path());
  Changes changes;
  base.generation = 12;
  internet.generation = 13;
  changes.bases.push_back(base);
  changes.internets.push_back({internet, ground_of(base.plan)});
  ASSERT_TRUE(store.write(changes));
  ASSERT_TRUE(store.begin_term());
  const std::string kept = scratch.path() + "/kept.db";
  ASSERT_TRUE(store.backup(kept));
  ASSERT_TRUE(convert_copy(kept, 2));
  EXPECT_EQ(version_of(kept), 2);
  EXPECT_THAT(dump(kept), ::testing::Not(HasSubstr("generation")));
  const Scratch elsewhere;
  SqliteStore old(elsewhere.path());
  std::filesystem::create_directories(old.directory());
  ASSERT_TRUE(old.restore_from(kept));
  base.generation = internet.generation = 0;
  EXPECT_EQ(*old.load(), content());
  ASSERT_TRUE(convert_copy(kept, kSchema));
  EXPECT_EQ(version_of(kept), kSchema);
  for (const int64_t unknown : {0, 1, 4, 1000}) {
    const Status refused = convert_copy(kept, unknown);
    ASSERT_FALSE(refused) << unknown;
    EXPECT_THAT(refused.error().message, HasSubstr("versions 2 to 3"));
  }
}

TEST_F(MigrateTest, WhatAnOldVersionDoesNotKnowIsRefusedByName) {
  SqliteStore store(scratch.path());
  base.plan.fleet = true;
  Changes changes;
  changes.bases.push_back(base);
  ASSERT_TRUE(store.write(changes));
  const std::string kept = scratch.path() + "/kept.db";
  ASSERT_TRUE(store.backup(kept));
  const Status refused = convert_copy(kept, 2);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("lab is a fleet, which version 2 does not know"));
  EXPECT_EQ(version_of(kept), 3);
}

// F-134: killed at every call of the store.
TEST_F(MigrateTest, F134KilledAtEveryCallTheContentIsTheSame) {
  bool ended = false;
  for (uint64_t n = 1; !ended; ++n) {
    const Scratch place;
    make_old(place.path());
    {
      SqliteStore store(place.path());
      store.set_policy([n](uint64_t call, const std::string&) -> Status {
        if (call >= n) return Error{Errc::kInternal, "dead"};
        return ok();
      });
      ended = bool(store.begin_term());
    }
    SqliteStore store(place.path());
    EXPECT_EQ(*store.load(), content());
    EXPECT_EQ(version_of(store.file()), ended ? 3 : 2);
    ASSERT_TRUE(store.begin_term());
    EXPECT_EQ(version_of(store.file()), 3);
    EXPECT_EQ(*store.load(), content());
    ASSERT_LT(n, 10u);
  }
}

// F-134: every write and sync of SQLite fails, once or from then on.
TEST_F(MigrateTest, F134AFailureAtEveryWriteLeavesOneVersionOrTheOther) {
  for (const bool for_ever : {false, true}) {
    int failed = 0;
    for (int n = 1;; ++n) {
      SCOPED_TRACE(n);
      const Scratch place;
      make_old(place.path());
      bool bitten = false;
      {
        const FailingVfs vfs(n, for_ever, SQLITE_IOERR_WRITE);
        SqliteStore store(place.path());
        if (!store.begin_term()) ++failed;
        bitten = vfs.bitten();
      }
      SqliteStore store(place.path());
      const auto state = store.load();
      ASSERT_TRUE(state) << state.error().message;
      EXPECT_EQ(*state, content());
      ASSERT_TRUE(store.begin_term());
      EXPECT_EQ(version_of(store.file()), 3);
      EXPECT_EQ(*store.load(), content());
      if (!bitten) break;
    }
    EXPECT_GE(failed, 5);
  }
}

}  // namespace
}  // namespace vinet::control
