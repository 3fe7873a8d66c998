// Store: the State on disk, one SQLite database in <root>/run/vinet.
//
//   lock            who changes things now (lock.h)
//   vinet.db        bases, internets, the operation, events; vinet.db-wal and -shm are SQLite's
//   backup/state.db  a copy as of the last command that ended, which `recover` goes back to
//
// Whatever belongs together is one transaction, so a crash leaves all of it or nothing. The objects
// carry checksums of their own: what a disk has altered is not taken for state.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/state.h"
#include "support/result.h"

namespace vinet::control {

namespace sqlite {
class Database;
}

/// What one transaction does, in this order.
struct Changes {
  std::vector<std::string> erased_internets, erased_bases;  ///< fine if they are not there
  std::vector<BaseIntent> bases;
  std::vector<OldInternet> internets;  ///< each with what it stands on
  std::optional<Operation> operation;
  bool ends_operation = false;
  std::vector<Event> events;  ///< without their ids

  /// One line that says what is written.
  std::string describe() const;
  /// More than events?
  bool changes_state() const {
    return !(erased_internets.empty() && erased_bases.empty() && bases.empty() &&
             internets.empty() && !operation && !ends_operation);
  }
};

class Store {
 public:
  /// Decides about mutating call number `n` (from 1): ok() lets it happen. For tests that fail or
  /// end at every one.
  using Policy = std::function<Status(uint64_t n, const std::string& what)>;

  static constexpr uint64_t kMostEvents = 10'000;

  /// `root`: the directory under which all of vinet lies, "/" by default. Touches nothing yet.
  explicit Store(const std::string& root);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& directory() const { return directory_; }
  /// The database's file.
  std::string file() const { return directory_ + "/vinet.db"; }

  /// Everything. No database, or an empty one, is an empty state.
  /// Errors: failed_precondition naming the file that is damaged, not vinet's, of another version,
  /// or locked by another program for 5 s, and what to do; resource_exhausted, permission_denied.
  Result<State> load() const;
  /// Everything that can be read, and one line for each thing that cannot: for verbs that only
  /// look.
  State load_readable(std::vector<std::string>& damaged) const;
  /// As load_readable, only the bases: internets and operation are not even looked at.
  State load_bases(std::vector<std::string>& damaged) const;
  /// Is it readable, and without anything but events? Costs the same whatever is in it.
  bool empty() const;
  /// Events after the one of number `after`, oldest first, the newest `most` of them.
  Result<std::vector<Event>> events(uint64_t after, uint64_t most) const;
  /// The random name that the database got when it was made; empty where there is none.
  Result<std::string> id() const;

  // The calls below need the Lock.

  /// One transaction: all of it, or an error and nothing.
  Status write(const Changes& changes);
  Status put(const BaseIntent& base);
  /// `ground`: what it stands on.
  Status put(const InternetIntent& internet, const Ground& ground);
  Status put(const Operation& operation);
  /// Fine if it is not there.
  Status erase_base(const std::string& name);
  Status erase_internet(const std::string& name);
  Status erase_operation();
  /// Removes the database and its copy where nothing is in it but events, unless `keep` was asked.
  Status tidy();
  /// Whether an empty database stays: a daemon keeps its events.
  void keep_when_empty(bool keep) { keep_when_empty_ = keep; }

  /// Puts a copy that somebody kept, a database file, in the place of the state, which goes aside
  /// under a new name. The copy is only read, with the log beside it (`-wal`), if there is one.
  /// Out:    what was done, one line each.
  /// Errors: not_found; failed_precondition where it is not whole, not vinet's, empty, or was taken
  ///         while a command was at work. Nothing has changed then.
  Result<std::vector<std::string>> restore_from(const std::string& path);

  /// Puts what cannot be read aside, under a new name, and the copy in its place.
  /// Out:    what was done, one line each; nothing where the database can be read and holds
  ///         something.
  /// Errors: not_found where there is no copy to go back to; what is damaged is aside then.
  Result<std::vector<std::string>> restore();

  uint64_t calls() const { return calls_; }
  void set_policy(Policy policy) { policy_ = std::move(policy); }

 private:
  /// What was read, and of which version of the files.
  struct Seen {
    std::string version;
    State state;
  };

  Result<sqlite::Database*> open_existing() const;
  Result<sqlite::Database*> open_for_writing();
  State read(std::vector<Error>& errors, bool only_bases = false) const;
  std::string version_of(sqlite::Database& database) const;
  void make_copy(sqlite::Database& database);
  bool is_copy_old(sqlite::Database& database) const;
  Result<std::string> put_aside(const std::string& kind);
  Status count(const std::string& what);
  std::string copy() const { return directory_ + "/backup/state.db"; }
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
  uint64_t calls_ = 0;
  Policy policy_;
};

}  // namespace vinet::control
