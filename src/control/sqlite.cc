#include "control/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "support/fd.h"

namespace vinet::control::sqlite {
namespace {

struct Identity {
  uint64_t device = 0, inode = 0;
  bool empty = false;
};

std::optional<Identity> identify(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return std::nullopt;
  return Identity{file.st_dev, file.st_ino, file.st_size == 0};
}

/// SQLite follows no symbolic link of a path it is told not to, not even one of a directory far
/// above. Those are the user's (`--root`, or a state directory that lies elsewhere); a link in the
/// place of the file itself is not followed. Errors: failed_precondition for such a one.
Result<std::string> without_links(const std::string& path) {
  std::error_code error;
  const std::filesystem::path given(path);
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(given, error))) {
    return Error{Errc::kFailedPrecondition, path + ": is a symbolic link, which is not followed"};
  }
  const auto directory = std::filesystem::canonical(given.parent_path(), error);
  if (error) return errno_error("open " + path, error.value());
  return (directory / given.filename()).string();
}

/// Makes an empty file that is nobody else's to read. One that is there stays as it is.
void make_private(const std::string& path) {
  const Fd made(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
}

Status sync(const std::string& path, int flags) {
  const Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return errno_error("sync " + path, errno);
  return ok();
}

}  // namespace

Error error(sqlite3* handle, int code, const std::string& path, const std::string& attempt) {
  const int system = handle == nullptr ? 0 : sqlite3_system_errno(handle);
  const int primary = code & 0xff;
  const std::string what = fmt::format("{}: {}", path, attempt);
  if (primary == SQLITE_FULL || system == ENOSPC || system == EDQUOT) {
    return {Errc::kResourceExhausted, what + ": no space left on device", ENOSPC};
  }
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return {Errc::kFailedPrecondition,
            fmt::format("{}: another program has locked it and did not let go within {} s", what,
                        Database::kBusyMs / 1000),
            0};
  }
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
    return {Errc::kFailedPrecondition,
            fmt::format("{}: damaged: {}", what,
                        handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle)),
            0};
  }
  std::string message = fmt::format(
      "{}: {}", what, handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle));
  if (system != 0) message += fmt::format(" ({})", std::strerror(system));
  const bool denied = primary == SQLITE_READONLY || primary == SQLITE_PERM || system == EACCES ||
                      system == EROFS || system == EPERM;
  return {denied ? Errc::kPermissionDenied : Errc::kInternal, message, system};
}

Statement& Statement::bind(int parameter, const std::string& text) {
  sqlite3_bind_text64(statement_.get(), parameter + 1, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int parameter, int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter + 1, number);
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  sqlite3_bind_null(statement_.get(), parameter + 1);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error(sqlite3_db_handle(statement_.get()), code, path_, "read or write");
}

Status Statement::run() {
  auto row = step();
  sqlite3_reset(statement_.get());
  if (!row) return std::move(row).error();
  return ok();
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<size_t>(size));
}

int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

// A connection that is closed last would remove the log by its name, and another database may have
// that name by then: so the log stays, emptied.
Result<Database> Database::open(const std::string& path, Mode mode) {
  if (mode == Mode::kExisting && !identify(path)) {
    return errno_error("open " + path, errno == 0 ? ENOENT : errno);
  }
  ASSIGN_OR_RETURN(const std::string file, without_links(path));
  if (mode == Mode::kCreate) make_private(file);  // if not, opening it says why
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW |
                    (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Database database(path, handle);
  if (code != SQLITE_OK) return error(handle, code, path, "open");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  int keep_log = 1;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_log);
  TRY(database.exec("pragma trusted_schema = off; pragma journal_size_limit = 0;"));
  if (const auto identity = identify(path)) {
    database.device_ = identity->device;
    database.inode_ = identity->inode;
  }
  return database;
}

bool Database::still_named() const {
  const auto now = identify(path_);
  if (!now || now->device != device_ || now->inode != inode_) return false;
  if (!now->empty) had_content_ = true;
  return !now->empty || !had_content_;  // truncated by somebody: as good as removed
}

Status Database::exec(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(handle_.get(), code, path_, sql.substr(0, sql.find('(')));
  return ok();
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) return error(handle_.get(), code, path_, "read or write");
  return Statement(path_, statement);
}

Result<std::string> Database::ask(const std::string& sql) {
  ASSIGN_OR_RETURN(Statement statement, prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.step());
  return row ? statement.text(0) : std::string();
}

Status Database::copy_to(const std::string& path) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  ASSIGN_OR_RETURN(const std::string file, without_links(fresh));
  make_private(file);
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(file.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, nullptr);
  Database copy(fresh, handle);
  Status done = [&]() -> Status {
    if (opened != SQLITE_OK) return error(handle, opened, fresh, "open");
    TRY(copy.exec("pragma journal_mode = off; pragma synchronous = off;"));
    sqlite3_backup* backup = sqlite3_backup_init(handle, "main", handle_.get(), "main");
    if (backup == nullptr) return error(handle, sqlite3_errcode(handle), fresh, "copy");
    const int copied = sqlite3_backup_step(backup, -1);
    const int finished = sqlite3_backup_finish(backup);
    if (copied != SQLITE_DONE) return error(handle, copied, fresh, "copy");
    if (finished != SQLITE_OK) return error(handle, finished, fresh, "copy");
    // The copy is no database with a log beside it, but one file.
    TRY(copy.exec("pragma journal_mode = delete;"));
    copy.handle_.reset();
    TRY(sync(fresh, O_RDONLY));
    if (std::rename(fresh.c_str(), path.c_str()) != 0) {
      return errno_error("rename to " + path, errno);
    }
    return ok();
  }();
  if (!done) {
    copy.handle_.reset();
    ::unlink(fresh.c_str());
  }
  return done;
}

Result<Transaction> Transaction::begin(Database& database, const char* how) {
  TRY(database.exec(how));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->exec("rollback");
}

Status Transaction::commit() {
  TRY(database_->exec("commit"));
  database_ = nullptr;
  return ok();
}

Status remove_database(const std::string& path) {
  for (const char* suffix : kDatabaseFiles) {
    const std::string file = path + suffix;
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
      return errno_error("remove " + file, errno);
    }
  }
  return ok();
}

}  // namespace vinet::control::sqlite
