#include "member/store.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "slice/slice_json.h"

namespace vinet::member {
namespace {

namespace fs = std::filesystem;
using control::sqlite::Database;
using control::sqlite::Statement;
using control::sqlite::Transaction;

constexpr int64_t kApplication = 0x76696e6d;  // "vinm"
constexpr int64_t kVersion = 1;

constexpr char kTables[] = R"(
create table seen(store text primary key, term integer not null, instance text not null);
create table newest(id integer primary key autoincrement, store text not null,
  owner text not null, generation integer not null, unique(store, owner));
create table held(owner text primary key, head text not null, slices text not null);
create table change(one integer primary key check (one = 1), content text not null);
create table old(owner text primary key, head text, slices text);
create table outcomes(id integer primary key autoincrement, key text not null unique,
  content text not null);
)";

constexpr char kOtherVersion[] = "written by a vinet whose machines have version";

Error refuse_sound(const std::string& file) {
  return {Errc::kFailedPrecondition, file + ": sound", 0};
}

Error refuse(const Database& database, const std::string& why) {
  return {Errc::kFailedPrecondition, database.path() + ": " + why, 0};
}

Result<int64_t> number_of(Database& database, const char* question) {
  ASSIGN_OR_RETURN(auto statement, database.prepare(question));
  ASSIGN_OR_RETURN(const bool row, statement.step());
  return row ? statement.number(0) : 0;
}

Status check_schema(Database& database) {
  ASSIGN_OR_RETURN(const int64_t application, number_of(database, "pragma application_id"));
  if (application != kApplication) {
    return refuse(database, "a database, but not of a machine of vinet");
  }
  ASSIGN_OR_RETURN(const int64_t version, number_of(database, "pragma user_version"));
  if (version != kVersion) {
    return refuse(database, fmt::format("{} {}; this one reads version {}", kOtherVersion, version,
                                        kVersion));
  }
  ASSIGN_OR_RETURN(const std::string check, database.ask("pragma quick_check(1)"));
  return check == "ok" ? ok() : Status(refuse(database, "damaged: " + check));
}

/// Calls `use` for each row.
template <typename Use>
Status each(Database& database, const char* question, const Use& use) {
  ASSIGN_OR_RETURN(Statement rows, database.prepare(question));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return ok();
    TRY_IN(database.path(), use(rows));
  }
}

Result<RecordPtr> record_of(Statement& row) {
  auto record = record_from(row.text(1), row.text(2));
  if (!record) return std::move(record).error().within(row.text(0));
  if (record->holding.owner != row.text(0)) {
    return Error{Errc::kFailedPrecondition,
                 fmt::format("{}: damaged: holds '{}'", row.text(0), record->holding.owner), 0};
  }
  return RecordPtr(std::make_shared<Record>(*std::move(record)));
}

Result<Contents> read_all(Database& database) {
  Contents all;
  TRY(each(database, "select store, term, instance from seen", [&](Statement& row) {
    all.seen[row.text(0)] = {static_cast<uint64_t>(row.number(1)), row.text(2)};
    return ok();
  }));
  TRY(each(database, "select store, owner, generation from newest", [&](Statement& row) {
    all.newest[{row.text(0), row.text(1)}] = static_cast<uint64_t>(row.number(2));
    return ok();
  }));
  TRY(each(database, "select owner, head, slices from held", [&](Statement& row) -> Status {
    ASSIGN_OR_RETURN(all.held[row.text(0)], record_of(row));
    return ok();
  }));
  TRY(each(database, "select content from outcomes order by id", [&](Statement& row) -> Status {
    Changes one;
    ASSIGN_OR_RETURN(one.outcome, outcome_from(row.text(0)));
    apply(one, all);
    return ok();
  }));
  TRY(each(database, "select content from change", [&](Statement& row) -> Status {
    ASSIGN_OR_RETURN(all.change, change_from(row.text(0)));
    return ok();
  }));
  if (!all.change) return all;
  TRY(each(database, "select owner, head, slices from old", [&](Statement& row) -> Status {
    RecordPtr& old = all.change->old[row.text(0)];
    if (row.is_null(1)) return ok();
    ASSIGN_OR_RETURN(old, record_of(row));
    return ok();
  }));
  return all;
}

Status put_record(Database& database, const char* table, const std::string& owner,
                  const RecordPtr& record) {
  ASSIGN_OR_RETURN(Statement put,
                   database.prepare(fmt::format(
                       "insert or replace into {}(owner, head, slices) values (?, ?, ?)", table)));
  put.bind(0, owner);
  if (record == nullptr) {
    put.bind_null(1).bind_null(2);
  } else {
    put.bind(1, head_text(*record)).bind(2, slice::to_json(record->holding.slices));
  }
  return put.run();
}

Status write_rows(Database& database, const Changes& changes) {
  for (const std::string& owner : changes.erased) {
    ASSIGN_OR_RETURN(Statement erase, database.prepare("delete from held where owner = ?"));
    TRY(erase.bind(0, owner).run());
  }
  for (const RecordPtr& record : changes.put) {
    TRY(put_record(database, "held", record->holding.owner, record));
  }
  for (const RecordPtr& record : changes.renewed) {
    ASSIGN_OR_RETURN(Statement renew, database.prepare("update held set head = ? where owner = ?"));
    TRY(renew.bind(0, head_text(*record)).bind(1, record->holding.owner).run());
  }
  if (changes.seen) {
    const auto& [store, seen] = *changes.seen;
    ASSIGN_OR_RETURN(
        Statement put,
        database.prepare("insert or replace into seen(store, term, instance) values (?, ?, ?)"));
    TRY(put.bind(0, store).bind(1, static_cast<int64_t>(seen.term)).bind(2, seen.instance).run());
  }
  for (const auto& [whose, generation] : changes.newest) {
    ASSIGN_OR_RETURN(
        Statement put,
        database.prepare(
            "insert or replace into newest(store, owner, generation) values (?, ?, ?)"));
    put.bind(0, whose.first).bind(1, whose.second);
    TRY(put.bind(2, static_cast<int64_t>(generation)).run());
  }
  if (!changes.newest.empty()) {
    TRY(
        database.exec(fmt::format("delete from newest where id <= (select max(id) from newest) - "
                                  "{} and owner not in (select owner from held)",
                                  Store::kMostGenerations)));
  }
  if (changes.change) {
    TRY(database.exec("delete from old"));
    for (const auto& [owner, old] : changes.change->old) {
      TRY(put_record(database, "old", owner, old));
    }
    ASSIGN_OR_RETURN(Statement put,
                     database.prepare("insert or replace into change(one, content) values (1, ?)"));
    TRY(put.bind(0, to_text(*changes.change)).run());
  }
  if (changes.ends_change) TRY(database.exec("delete from change; delete from old;"));
  if (!changes.outcome) return ok();
  ASSIGN_OR_RETURN(Statement put,
                   database.prepare("insert or replace into outcomes(key, content) values (?, ?)"));
  TRY(put.bind(0, changes.outcome->key).bind(1, to_text(*changes.outcome)).run());
  return database.exec(
      fmt::format("delete from outcomes where id <= (select max(id) from outcomes) - {}",
                  Contents::kMostOutcomes));
}

}  // namespace

Store::Store(const std::string& root)
    : directory_((fs::path(root.empty() ? "/" : root) / "run/vinet").lexically_normal().string()) {}

Status Store::count(const std::string& what) {
  ++calls_;
  return policy_ ? policy_(calls_, what) : ok();
}

/// Null where there is none, or nothing is in it.
Result<Database*> Store::open() {
  if (database_ != nullptr && database_->still_named()) return database_.get();
  database_.reset();
  auto opened = Database::open(file(), Database::Mode::kExisting);
  if (!opened && opened.error().code == Errc::kNotFound) return static_cast<Database*>(nullptr);
  if (!opened) return std::move(opened).error();
  ASSIGN_OR_RETURN(const int64_t tables, number_of(*opened, "select count(*) from sqlite_master"));
  if (tables == 0) return static_cast<Database*>(nullptr);
  TRY(check_schema(*opened));
  TRY(opened->exec("pragma synchronous = full"));
  database_ = std::make_unique<Database>(*std::move(opened));
  return database_.get();
}

Result<Database*> Store::open_for_writing() {
  ASSIGN_OR_RETURN(Database * existing, open());
  if (existing != nullptr) return existing;
  std::error_code failed;
  fs::create_directories(directory_, failed);
  if (failed) return errno_error("make the directory " + directory_, failed.value());
  ASSIGN_OR_RETURN(Database made, Database::open(file(), Database::Mode::kCreate));
  ASSIGN_OR_RETURN(const std::string mode, made.ask("pragma journal_mode = wal"));
  if (mode != "wal") {
    return Error{Errc::kInternal, file() + ": its file system cannot hold a write-ahead log", 0};
  }
  TRY(made.exec("pragma synchronous = full"));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(made, "begin immediate"));
  TRY(made.exec(kTables));
  TRY(made.exec(fmt::format("pragma application_id = {}; pragma user_version = {};", kApplication,
                            kVersion)));
  TRY(transaction.commit());
  fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write, failed);
  database_ = std::make_unique<Database>(std::move(made));
  return database_.get();
}

Result<Contents> Store::load() {
  ASSIGN_OR_RETURN(Database * database, open());
  if (database == nullptr) return Contents{};
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(*database, "begin"));
  return read_all(*database);
}

/// `rows` in one transaction.
template <typename Rows>
Status Store::transact(const Rows& rows) {
  const Status written = [&]() -> Status {
    ASSIGN_OR_RETURN(Database * database, open_for_writing());
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(*database, "begin immediate"));
    TRY(rows(*database));
    return transaction.commit();
  }();
  // One that was opened when it could only be read stays so.
  if (!written) database_.reset();
  return written;
}

Status Store::write(const Changes& changes) {
  TRY(count(changes.describe()));
  return transact([&](Database& database) { return write_rows(database, changes); });
}

Result<std::string> Store::put_aside() {
  Result<Contents> contents = load();
  if (contents) return refuse_sound(file());
  const std::string& why = contents.error().message;
  if (contents.error().code != Errc::kFailedPrecondition ||
      why.find("locked") != std::string::npos || why.find(kOtherVersion) != std::string::npos) {
    return std::move(contents).error();
  }
  database_.reset();
  std::string aside;
  std::error_code unknown;
  for (int n = 1; aside.empty() || fs::exists(aside, unknown); ++n) {
    aside = fmt::format("{}.damaged-{}", file(), n);
  }
  for (const char* suffix : control::sqlite::kDatabaseFiles) {
    std::error_code failed;
    fs::rename(file() + suffix, aside + suffix, failed);
    if (failed && failed != std::errc::no_such_file_or_directory) {
      return errno_error("put aside " + file() + suffix, failed.value());
    }
  }
  return aside;
}

Status Store::write_all(const Contents& contents) {
  TRY(count("member.write all"));
  Changes all;
  for (const auto& [owner, record] : contents.held) all.put.push_back(record);
  all.newest = contents.newest;
  all.change = contents.change;
  return transact([&](Database& database) -> Status {
    TRY(
        database.exec("delete from held; delete from newest; delete from change; delete from old; "
                      "delete from seen; delete from outcomes;"));
    TRY(write_rows(database, all));
    for (const auto& [store, seen] : contents.seen) {
      Changes one;
      one.seen = std::pair(store, seen);
      TRY(write_rows(database, one));
    }
    for (const std::string& key : contents.outcome_keys) {
      const auto outcome = contents.outcomes.find(key);
      if (outcome == contents.outcomes.end()) continue;
      Changes one;
      one.outcome = outcome->second;
      TRY(write_rows(database, one));
    }
    return ok();
  });
}

Result<std::set<std::string>> Store::owners() {
  std::set<std::string> owners;
  ASSIGN_OR_RETURN(Database * database, open());
  if (database == nullptr) return owners;
  // What is being made or removed is nobody else's either.
  TRY(each(*database, "select owner from held union select owner from old", [&](Statement& row) {
    owners.insert(row.text(0));
    return ok();
  }));
  return owners;
}

Result<std::set<std::string>> held_owners(const std::string& root) {
  return Store(root).owners();
}

Result<Records> held_records(const std::string& root) {
  Store store(root);
  ASSIGN_OR_RETURN(Contents contents, store.load());
  return std::move(contents.held);
}

}  // namespace vinet::member
