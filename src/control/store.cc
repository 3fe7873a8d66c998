// Problem:   processes come and go, and one that removes an empty database may do so while another
//            has it open; what cannot be read must never be taken for an empty state.
// Approach:  the database is opened when first needed, and anew when its name leads to another
// file;
//            every reading is one transaction, and so is every writing.
// Invariant: a database with tables is ours, of our version and sound, or every call says what is
//            wrong with it and leaves it as it is.
#include "control/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "control/schema.h"
#include "control/sqlite.h"
#include "control/state_json.h"

namespace vinet::control {
namespace {

namespace fs = std::filesystem;
using sqlite::Database;
using sqlite::remove_database;

Error advise(Error error) {
  if (error.code == Errc::kFailedPrecondition &&
      error.message.find("locked") == std::string::npos) {
    error.message +=
        "; nothing was touched (`vinet recover` puts it aside and goes back to the last copy)";
  }
  return error;
}

/// Reads one object; where it cannot be trusted, the error says which one.
template <typename T>
Result<T> read_object(const std::string& file, const std::string& what, const std::string& text,
                      Result<T> (*from)(const std::string&)) {
  Result<T> object = from(text);
  if (!object) return std::move(object).error().within(file + ": " + what);
  return object;
}

/// A transaction that is undone where it is not committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database, const char* how) {
    TRY(database.exec(how));
    return Transaction(database);
  }
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction() {
    if (database_ != nullptr) (void)database_->exec("rollback");
  }
  Status commit() {
    TRY(database_->exec("commit"));
    database_ = nullptr;
    return ok();
  }

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

Status run_with(Database& database, const char* sql, const std::vector<std::string>& texts) {
  ASSIGN_OR_RETURN(auto statement, database.prepare(sql));
  for (size_t i = 0; i < texts.size(); ++i) statement.bind(static_cast<int>(i), texts[i]);
  return statement.run();
}

}  // namespace

std::string Changes::describe() const {
  std::vector<std::string> words;
  for (const std::string& name : erased_internets) words.push_back("erase internet " + name);
  for (const std::string& name : erased_bases) words.push_back("erase base " + name);
  for (const BaseIntent& base : bases) words.push_back("base " + base.plan.name);
  for (const OldInternet& one : internets) words.push_back("internet " + one.intent.plan.name);
  if (operation) words.emplace_back("operation");
  if (ends_operation) words.emplace_back("end of operation");
  for (const Event& event : events) words.push_back("event " + event.kind);
  return fmt::format("store.write {}", fmt::join(words, ", "));
}

Store::Store(const std::string& root)
    : directory_(
          (fs::path(root.empty() ? "/" : root) / "run" / "vinet").lexically_normal().string()) {}

Store::~Store() = default;

/// The database, or null where there is none or nothing is in it.
Result<Database*> Store::open_existing() const {
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

Result<Database*> Store::open_for_writing() {
  ASSIGN_OR_RETURN(Database * existing, open_existing());
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
  TRY(make_schema(made));
  TRY(transaction.commit());
  database_ = std::make_unique<Database>(std::move(made));
  return database_.get();
}

State Store::read(Database& database, std::vector<Error>& errors) const {
  State state;
  const auto each = [&](const char* sql, const auto& use) {
    auto statement = database.prepare(sql);
    if (!statement) {
      errors.push_back(std::move(statement).error());
      return;
    }
    for (;;) {
      auto row = statement->step();
      if (!row) errors.push_back(std::move(row).error());
      if (!row || !*row) return;
      if (Status used = use(*statement); !used) errors.push_back(std::move(used).error());
    }
  };
  const auto misnamed = [&](const std::string& what, const std::string& is) {
    return Error{Errc::kFailedPrecondition,
                 fmt::format("{}: {}: holds the state of '{}'", database.path(), what, is), 0};
  };
  each("select name, content from bases order by name", [&](sqlite::Statement& row) -> Status {
    const std::string name = row.text(0), what = "base " + name;
    ASSIGN_OR_RETURN(BaseIntent base,
                     read_object(database.path(), what, row.text(1), base_from_text));
    if (base.plan.name != name) return misnamed(what, base.plan.name);
    state.bases.emplace(name, std::move(base));
    return ok();
  });
  each("select name, content from internets order by name", [&](sqlite::Statement& row) -> Status {
    const std::string name = row.text(0), what = "internet " + name;
    ASSIGN_OR_RETURN(InternetIntent internet,
                     read_object(database.path(), what, row.text(1), internet_from_text));
    if (internet.plan.name != name) return misnamed(what, internet.plan.name);
    state.internets.emplace(name, std::move(internet));
    return ok();
  });
  each("select content from operation", [&](sqlite::Statement& row) -> Status {
    ASSIGN_OR_RETURN(state.operation,
                     read_object(database.path(), "operation", row.text(0), operation_from_text));
    return ok();
  });
  return state;
}

State Store::read(std::vector<Error>& errors) const {
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
  return read(**database, errors);
}

Result<State> Store::load() const {
  std::vector<Error> errors;
  State state = read(errors);
  if (!errors.empty()) return advise(std::move(errors.front()));
  return state;
}

State Store::load_readable(std::vector<std::string>& damaged) const {
  std::vector<Error> errors;
  State state = read(errors);
  for (Error& error : errors) damaged.push_back(advise(std::move(error)).message);
  return state;
}

bool Store::empty() const {
  const std::lock_guard guard(mutex_);
  const auto database = open_existing();
  if (!database) return false;
  if (*database == nullptr) return true;
  const auto count = (*database)->ask(
      "select (select count(*) from bases) + (select count(*) from internets) + "
      "(select count(*) from operation)");
  return count && *count == "0";
}

Result<std::vector<Event>> Store::events(uint64_t after, uint64_t most) const {
  const std::lock_guard guard(mutex_);
  std::vector<Event> events;
  ASSIGN_OR_RETURN(Database * database, open_existing());
  if (database == nullptr) return events;
  ASSIGN_OR_RETURN(auto rows, database->prepare(
                                  "select id, time_us, kind, object, text from events where id > ? "
                                  "order by id desc limit ?"));
  rows.bind(0, static_cast<int64_t>(after)).bind(1, static_cast<int64_t>(most));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) break;
    events.push_back({static_cast<uint64_t>(rows.number(0)), static_cast<uint64_t>(rows.number(1)),
                      rows.text(2), rows.text(3), rows.text(4)});
  }
  std::reverse(events.begin(), events.end());
  return events;
}

Result<std::string> Store::id() const {
  const std::lock_guard guard(mutex_);
  ASSIGN_OR_RETURN(Database * database, open_existing());
  if (database == nullptr) return std::string();
  return database->ask("select value from meta where key = 'store'");
}

Status Store::count(const std::string& what) {
  ++calls_;
  return policy_ ? policy_(calls_, what) : ok();
}

Status Store::write_all(Database& database, const Changes& changes) {
  for (const std::string& name : changes.erased_internets) {
    TRY(run_with(database, "delete from internets where name = ?", {name}));
  }
  for (const std::string& name : changes.erased_bases) {
    TRY(run_with(database, "delete from bases where name = ?", {name}));
  }
  for (const BaseIntent& base : changes.bases) {
    TRY(run_with(database, "insert or replace into bases(name, content) values (?, ?)",
                 {base.plan.name, to_text(base)}));
  }
  for (const OldInternet& one : changes.internets) {
    TRY(run_with(database, "insert or replace into internets(name, content) values (?, ?)",
                 {one.intent.plan.name, to_text(one.intent, one.base)}));
  }
  if (changes.operation) {
    TRY(run_with(database, "insert or replace into operation(one, content) values (1, ?)",
                 {to_text(*changes.operation)}));
  }
  if (changes.ends_operation) TRY(database.exec("delete from operation"));
  for (const Event& event : changes.events) {
    ASSIGN_OR_RETURN(
        auto insert,
        database.prepare("insert into events(time_us, kind, object, text) values (?, ?, ?, ?)"));
    insert.bind(0, static_cast<int64_t>(event.time_us)).bind(1, event.kind);
    TRY(insert.bind(2, event.object).bind(3, event.text).run());
  }
  if (changes.events.empty()) return ok();
  return database.exec(
      fmt::format("delete from events where id <= (select max(id) from events) - {}", kMostEvents));
}

Status Store::write(const Changes& changes) {
  const std::lock_guard guard(mutex_);
  const std::string what = "write " + file();
  TRY_IN(what, count(changes.describe()));
  auto database = open_for_writing();
  if (!database) return advise(std::move(database).error()).within(what);
  {
    auto transaction = Transaction::begin(**database, "begin immediate");
    if (!transaction) return std::move(transaction).error().within(what);
    TRY_IN(what, write_all(**database, changes));
    TRY_IN(what, transaction->commit());
  }
  const bool only_events = changes.bases.empty() && changes.internets.empty() &&
                           changes.erased_bases.empty() && changes.erased_internets.empty() &&
                           !changes.ends_operation;
  if (only_events || changes.operation) return ok();
  copy_due_ = true;
  make_copy(**database);
  return ok();
}

/// Between two commands a copy is worth having. That there is none is no reason to fail: it is
/// tried again when the command ends.
void Store::make_copy(Database& database) {
  std::error_code failed;
  fs::create_directories(fs::path(copy()).parent_path(), failed);
  if (database.copy_to(copy())) copy_due_ = false;
}

Status Store::put(const BaseIntent& base) {
  Changes changes;
  changes.bases.push_back(base);
  return write(changes);
}
Status Store::put(const InternetIntent& internet, const plan::BasePlan& base) {
  Changes changes;
  changes.internets.push_back({internet, base});
  return write(changes);
}
Status Store::put(const Operation& operation) {
  Changes changes;
  changes.operation = operation;
  return write(changes);
}
Status Store::erase_base(const std::string& name) {
  Changes changes;
  changes.erased_bases.push_back(name);
  return write(changes);
}
Status Store::erase_internet(const std::string& name) {
  Changes changes;
  changes.erased_internets.push_back(name);
  return write(changes);
}
Status Store::erase_operation() {
  Changes changes;
  changes.ends_operation = true;
  return write(changes);
}

// The copy goes first: it must never outlive the state that it is a copy of. Where there is no
// database, or one that somebody emptied, the copy may be all that is left, and stays.
Status Store::tidy() {
  const std::lock_guard guard(mutex_);
  for (const std::string& half_done : {copy() + ".new", taken(), file() + ".taken"}) {
    TRY(remove_database(half_done));
  }
  auto database = open_existing();
  if (!database) return ok();  // whoever reads it says what is wrong with it
  if (copy_due_ && *database != nullptr) make_copy(**database);
  if (keep_when_empty_ || !empty()) return ok();
  if (*database == nullptr && ::access(copy().c_str(), F_OK) == 0) return ok();
  TRY(remove_database(copy()));
  ::rmdir(fs::path(copy()).parent_path().c_str());  // fails where it is not empty, and shall
  database_.reset();
  return remove_database(file());
}

}  // namespace vinet::control
