// Store: what a machine of a fleet remembers, as a SQLite database: <root>/run/vinet/member.db.
//
// Every writing is one transaction, so a crash leaves all of it or nothing. What is in the file is
// read once, at the start; from then on the daemon's memory says the same.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "control/sqlite.h"
#include "member/records.h"
#include "support/result.h"

namespace vinet::member {

class Store {
 public:
  /// Decides about writing number `n` (from 1): ok() lets it happen. For tests.
  using Policy = std::function<Status(uint64_t n, const std::string& what)>;
  /// Generations that are remembered of what is not held any more.
  static constexpr uint64_t kMostGenerations = 10'000;

  /// Touches nothing yet.
  explicit Store(const std::string& root);

  std::string file() const { return directory_ + "/member.db"; }
  /// No file, or an empty one, is empty contents.
  /// Errors: failed_precondition where it is damaged, not vinet's, of another version, or locked;
  ///         permission_denied. Nothing has changed then.
  Result<Contents> load();
  /// Only names: of what is held, or about to be or not to be.
  Result<std::set<std::string>> owners();
  /// All of it, or an error and nothing. Makes the file if need be.
  Status write(const Changes& changes);
  /// Whole contents, whatever was there: where writing failed before, or the file was removed.
  Status write_all(const Contents& contents);
  /// Renames it to a free name beside it, which is returned. Errors: failed_precondition for one
  /// that is not damaged: locked by others, or of another version.
  Result<std::string> put_aside();
  /// Has somebody removed the file since it was opened?
  bool lost() const { return database_ != nullptr && !database_->still_named(); }

  void set_policy(Policy policy) { policy_ = std::move(policy); }

 private:
  Result<control::sqlite::Database*> open();
  Result<control::sqlite::Database*> open_for_writing();
  Status count(const std::string& what);
  template <typename Rows>
  Status transact(const Rows& rows);

  std::string directory_;
  std::unique_ptr<control::sqlite::Database> database_;
  uint64_t calls_ = 0;
  Policy policy_;
};

/// Names of what the machine under this root holds, by its file, whether a daemon runs or not.
Result<std::set<std::string>> held_owners(const std::string& root);
/// Likewise all of it.
Result<Records> held_records(const std::string& root);

}  // namespace vinet::member
