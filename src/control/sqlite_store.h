// SqliteStore: the State on disk, one SQLite database in <root>/run/vinet.
//
//   lock            who changes things now (lock.h)
//   vinet.db        bases, internets, the operation, events; vinet.db-wal and -shm are SQLite's
//   backup/state.db  a copy as of the last command that ended, which `recover` goes back to
//   backup/state.v2.db  a copy as of before the database was brought to a newer version
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/store.h"

namespace vinet::control {

namespace sqlite {
class Database;
}

class SqliteStore final : public Store {
 public:
  using Store::begin_term;
  /// `root`: the directory under which all of vinet lies, "/" by default. Touches nothing yet.
  explicit SqliteStore(const std::string& root);
  ~SqliteStore() override;

  const std::string& directory() const override { return directory_; }
  /// The database's file.
  std::string file() const override { return directory_ + "/vinet.db"; }

  Result<State> load() const override;
  State load_readable(std::vector<std::string>& damaged) const override;
  State load_bases(std::vector<std::string>& damaged) const override;
  bool empty() const override;
  Result<std::vector<Event>> events(uint64_t after, uint64_t most) const override;
  Result<std::string> id() const override;
  Status backup(const std::string& path) const override;

  /// Whoever has the Lock may.
  Status may_write() const override { return ok(); }
  Status write(const Changes& changes) override;
  Result<uint64_t> begin_term(uint64_t above) override;
  Result<uint64_t> next_generation() override;
  /// Removes the database and its copy where nothing is in it but events.
  Status tidy() override;
  void keep_when_empty(bool keep) override { keep_when_empty_ = keep; }
  /// The former database goes aside under a new name.
  Result<std::vector<std::string>> restore_from(const std::string& path) override;
  Result<std::vector<std::string>> restore() override;

 private:
  /// What was read, and of which version of the files.
  struct Seen {
    std::string version;
    State state;
  };

  Result<sqlite::Database*> open_existing() const;
  Result<sqlite::Database*> open_for_writing();
  Status bring_up(sqlite::Database& database);
  State read(std::vector<Error>& errors, bool only_bases = false) const;
  std::string version_of(sqlite::Database& database) const;
  Result<uint64_t> advance(const std::string& counter, uint64_t above);
  void make_copy(sqlite::Database& database);
  bool is_copy_old(sqlite::Database& database) const;
  std::string copy() const { return directory_ + "/backup/state.db"; }
  /// Of before a step to a newer version (migrate.h).
  std::string copy_of_version(int64_t version) const {
    return directory_ + "/backup/state.v" + std::to_string(version) + ".db";
  }
  std::string taken() const {
    return directory_ + "/taken.db";
  }  // of restore_from(), while it looks

  std::string directory_;
  mutable std::recursive_mutex mutex_;
  mutable std::unique_ptr<sqlite::Database> database_;  // opened when first needed
  mutable std::optional<Seen> seen_;
  bool keep_when_empty_ = false;
  bool copy_due_ = false;   // the copy is older than the last command
  bool copy_seen_ = false;  // whether that was so of the last command of another process
};

}  // namespace vinet::control
