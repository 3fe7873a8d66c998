// Sqlite: a thin door to libsqlite3, in values and Results. Nothing of vinet is in it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "support/result.h"

namespace vinet::control::sqlite {

/// One prepared statement. Parameters and columns are counted from 0.
class Statement {
 public:
  /// Texts are copied.
  Statement& bind(int parameter, const std::string& text);
  Statement& bind(int parameter, int64_t number);
  Statement& bind_null(int parameter);

  /// The next row: true, or false at the end.
  Result<bool> step();
  /// Runs a statement without rows to its end and makes it ready for new parameters.
  Status run();

  std::string text(int column) const;
  int64_t number(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement(std::string path, sqlite3_stmt* statement)
      : path_(std::move(path)), statement_(statement) {}

  std::string path_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An open database file. Waits up to `kBusy` for others, then says so.
class Database {
 public:
  static constexpr int kBusyMs = 5000;
  enum class Mode { kExisting, kCreate };

  /// Errors: not_found where there is no file and none shall be made; else as `error` says.
  static Result<Database> open(const std::string& path, Mode mode);

  /// Runs statements without parameters and without looking at their rows.
  Status exec(const std::string& sql);
  Result<Statement> prepare(const std::string& sql);
  /// The first column of the first row.
  Result<std::string> ask(const std::string& sql);

  /// Is the file still the one that its name leads to? Who removes a database leaves others with a
  /// file without a name.
  bool still_named() const;
  /// A copy as of now, which replaces the file `path` as a whole.
  Status copy_to(const std::string& path);
  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  std::string path_;
  uint64_t device_ = 0, inode_ = 0;
  mutable bool had_content_ = false;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A transaction that is undone where it is not committed.
class Transaction {
 public:
  /// `how`: `begin`, to read; `begin immediate`, to write. `database` must outlive it.
  static Result<Transaction> begin(Database& database, const char* how);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

/// A database is up to three files: itself, and what stands beside it.
constexpr const char* kDatabaseFiles[] = {"", "-wal", "-shm"};
/// Removes them; those that are not there are fine.
Status remove_database(const std::string& path);

/// What went wrong last with the database, as an Error that names its file. Codes:
/// resource_exhausted: no space; failed_precondition: damaged, no database, locked by another
/// program; permission_denied: it or its directory is read-only; internal: all else.
Error error(sqlite3* handle, int code, const std::string& path, const std::string& attempt);

}  // namespace vinet::control::sqlite
