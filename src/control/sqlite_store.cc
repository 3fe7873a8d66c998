// Problem:   processes come and go, and one that removes an empty database may do so while another
//            has it open; what cannot be read must never be taken for an empty state.
// Approach:  the database is opened when first needed, and anew when its name leads to another
//            file; every reading is one transaction, and so is every writing.
//            Parsing a large state takes longer than most of what is done with it, so what was read
//            is kept for as long as the files are as they were then.
// Invariant: a database with tables is ours, of our version and sound, or every call says what is
//            wrong with it and leaves it as it is.
#include "control/sqlite_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "control/migrate.h"
#include "control/rows.h"
#include "control/schema.h"
#include "control/sqlite.h"

namespace vinet::control {
namespace {

namespace fs = std::filesystem;
using sqlite::Database;
using sqlite::remove_database;
using sqlite::Transaction;

Error advise(Error error) {
  if (error.code == Errc::kFailedPrecondition &&
      error.message.find("locked") == std::string::npos) {
    error.message +=
        "; nothing was touched (`vinet recover` puts it aside and goes back to the last copy)";
  }
  return error;
}

}  // namespace

SqliteStore::SqliteStore(const std::string& root)
    : directory_(
          (fs::path(root.empty() ? "/" : root) / "run" / "vinet").lexically_normal().string()) {}

SqliteStore::~SqliteStore() = default;

/// The database, or null where there is none or nothing is in it.
Result<Database*> SqliteStore::open_existing() const {
  if (database_ != nullptr && database_->still_named()) return database_.get();
  database_.reset();
  auto opened = Database::open(file(), Database::Mode::kExisting);
  if (!opened) {
    if (opened.error().code == Errc::kNotFound) return static_cast<Database*>(nullptr);
    return std::move(opened).error();
  }
  ASSIGN_OR_RETURN(const bool something, has_schema(*opened));
  if (!something) return static_cast<Database*>(nullptr);
  TRY(check_schema(*opened));
  TRY(opened->exec("pragma synchronous = full"));
  database_ = std::make_unique<Database>(*std::move(opened));
  return database_.get();
}

/// To the version that this vinet writes; a copy of what was there is kept.
Status SqliteStore::bring_up(Database& database) {
  ASSIGN_OR_RETURN(const int64_t version, schema_of(database));
  if (version == kSchema) return ok();
  const std::string kept = copy_of_version(version);
  std::error_code failed;
  fs::create_directories(fs::path(kept).parent_path(), failed);
  TRY(count("store.keep version"));
  TRY_IN("keep a copy", database.copy_to(kept));
  return migrate(database, kSchema, [this](const std::string& what) { return count(what); });
}

Result<Database*> SqliteStore::open_for_writing() {
  ASSIGN_OR_RETURN(Database * existing, open_existing());
  if (existing != nullptr) {
    TRY(bring_up(*existing));
    return existing;
  }
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
  TRY(make_schema(made));
  TRY(transaction.commit());
  database_ = std::make_unique<Database>(std::move(made));
  return database_.get();
}

State SqliteStore::read(std::vector<Error>& errors, bool only_bases) const {
  const std::lock_guard guard(mutex_);
  const auto failed = [&](Error error) {
    errors.push_back(std::move(error));
    return State{};
  };
  auto database = open_existing();
  if (!database) return failed(std::move(database).error());
  if (*database == nullptr) return State{};
  auto transaction = Transaction::begin(**database, "begin");
  if (!transaction) return failed(std::move(transaction).error());
  const std::string version = version_of(**database);
  if (seen_ && !version.empty() && seen_->version == version) {
    return only_bases ? State{seen_->state.bases, {}, {}} : seen_->state;
  }
  if (only_bases) {
    State state;
    read_bases(**database, state, errors);
    return state;
  }
  seen_.reset();
  const size_t before = errors.size();
  State state = read_rows(**database, errors);
  if (errors.size() == before && !version.empty()) seen_ = Seen{version, state};
  return state;
}

/// Changes with every commit of another connection, and with every byte that somebody else writes
/// into the files. Empty where it cannot be told.
std::string SqliteStore::version_of(Database& database) const {
  const auto commits = database.ask("pragma data_version");
  if (!commits) return "";
  std::string version = *commits;
  for (const std::string& path : {file(), file() + "-wal"}) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) continue;
    version += fmt::format(" {}:{}:{}:{}.{}", info.st_dev, info.st_ino, info.st_size,
                           info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  }
  return version;
}

Result<State> SqliteStore::load() const {
  std::vector<Error> errors;
  State state = read(errors);
  if (!errors.empty()) return advise(std::move(errors.front()));
  return state;
}

State SqliteStore::load_readable(std::vector<std::string>& damaged) const {
  std::vector<Error> errors;
  State state = read(errors);
  for (Error& error : errors) damaged.push_back(advise(std::move(error)).message);
  return state;
}

State SqliteStore::load_bases(std::vector<std::string>& damaged) const {
  std::vector<Error> errors;
  State state = read(errors, true);
  for (Error& error : errors) damaged.push_back(advise(std::move(error)).message);
  return state;
}

bool SqliteStore::empty() const {
  const std::lock_guard guard(mutex_);
  const auto database = open_existing();
  if (!database) return false;
  if (*database == nullptr) return true;
  const auto count = (*database)->ask(
      "select (select count(*) from bases) + (select count(*) from internets) + "
      "(select count(*) from operation)");
  return count && *count == "0";
}

Result<std::vector<Event>> SqliteStore::events(uint64_t after, uint64_t most) const {
  const std::lock_guard guard(mutex_);
  ASSIGN_OR_RETURN(Database * database, open_existing());
  if (database == nullptr) return std::vector<Event>();
  return read_events(*database, after, most);
}

Result<std::string> SqliteStore::id() const {
  const std::lock_guard guard(mutex_);
  ASSIGN_OR_RETURN(Database * database, open_existing());
  if (database == nullptr) return std::string();
  return database->ask("select value from meta where key = 'store'");
}

/// One more of a counter in `meta`, stored before it is used.
Result<uint64_t> SqliteStore::advance(const std::string& counter, uint64_t above) {
  const std::lock_guard guard(mutex_);
  const std::string what = fmt::format("count a {} in {}", counter, file());
  TRY_IN(what, count("store.next " + counter));
  auto database = open_for_writing();
  if (!database) return advise(std::move(database).error()).within(what);
  const auto count_on = [&]() -> Result<uint64_t> {
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(**database, "begin immediate"));
    ASSIGN_OR_RETURN(const uint64_t last, read_counter(**database, counter));
    const uint64_t next = next_count(std::max(last, above));
    TRY(write_counter(**database, counter, next));
    TRY(transaction.commit());
    return next;
  };
  auto next = count_on();
  if (!next) return std::move(next).error().within(what);
  return next;
}

Result<uint64_t> SqliteStore::begin_term(uint64_t above) {
  return advance("term", above);
}
Result<uint64_t> SqliteStore::next_generation() {
  return advance("generation", 0);
}

Status SqliteStore::write(const Changes& changes) {
  const std::lock_guard guard(mutex_);
  const std::string what = "write " + file();
  TRY_IN(what, count(changes.describe()));
  auto database = open_for_writing();
  if (!database) return advise(std::move(database).error()).within(what);
  {
    auto transaction = Transaction::begin(**database, "begin immediate");
    if (!transaction) return std::move(transaction).error().within(what);
    // From here on nobody else can commit, so what was seen stays true, but for these changes.
    std::optional<Seen> seen = std::exchange(seen_, std::nullopt);
    if (seen && seen->version != version_of(**database)) seen.reset();
    TRY_IN(what, write_rows(**database, changes));
    TRY_IN(what, transaction->commit());
    if (seen) {
      change(seen->state, changes);
      seen->version = version_of(**database);
      seen_ = std::move(seen);
    }
  }
  if (!changes.changes_state() || changes.operation) return ok();
  copy_due_ = true;
  make_copy(**database);
  return ok();
}

/// Between two commands a copy is worth having. That there is none is no reason to fail: it is
/// tried again when the command ends.
void SqliteStore::make_copy(Database& database) {
  std::error_code failed;
  fs::create_directories(fs::path(copy()).parent_path(), failed);
  if (database.copy_to(copy())) copy_due_ = false;
}

/// Was a command killed after its last transaction and before its copy?
bool SqliteStore::is_copy_old(Database& database) const {
  constexpr const char* kWrites = "select value from meta where key = 'writes'";
  const auto writes = database.ask(kWrites);
  const auto at_work = database.ask("select count(*) from operation");
  if (!writes || writes->empty() || !at_work || *at_work != "0") return false;
  auto kept = Database::open(copy(), Database::Mode::kExisting);
  if (!kept) return true;
  const auto then = kept->ask(kWrites);
  return !then || *then != *writes;
}

// The copy goes first: it must never outlive the state that it is a copy of. Where there is no
// database, or one that somebody emptied, the copy may be all that is left, and stays.
Status SqliteStore::tidy() {
  const std::lock_guard guard(mutex_);
  for (const std::string& half_done : {copy() + ".new", taken(), file() + ".taken"}) {
    TRY(remove_database(half_done));
  }
  auto database = open_existing();
  if (!database) return ok();  // whoever reads it says what is wrong with it
  if (*database != nullptr && !std::exchange(copy_seen_, true)) {
    copy_due_ = copy_due_ || is_copy_old(**database);
  }
  if (copy_due_ && *database != nullptr) make_copy(**database);
  if (keep_when_empty_ || !empty()) return ok();
  if (*database == nullptr && ::access(copy().c_str(), F_OK) == 0) return ok();
  TRY(remove_database(copy()));
  for (int64_t version = kOldestSchema; version < kSchema; ++version) {
    TRY(remove_database(copy_of_version(version)));
  }
  ::rmdir(fs::path(copy()).parent_path().c_str());  // fails where it is not empty, and shall
  database_.reset();
  return remove_database(file());
}

}  // namespace vinet::control
