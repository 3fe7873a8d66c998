// SqliteStore, second half: going back to a copy, vinet's own or one that somebody kept.
//
// Problem:   what takes the state's place must be good before the state goes, and whatever is there
//            may be all that is left of it.
// Approach:  a copy is read, all of it, before anything moves; then names are exchanged.
// Invariant: what holds anything is never removed: it goes aside.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "control/copy.h"
#include "control/rows.h"
#include "control/schema.h"
#include "control/sqlite.h"
#include "control/sqlite_store.h"

namespace vinet::control {

using sqlite::Database;
using sqlite::remove_database;

Result<std::string> put_aside(const std::string& path, const std::string& kind) {
  if (::access(path.c_str(), F_OK) != 0) return std::string();
  std::string aside;
  for (int n = 1;; ++n) {
    aside = fmt::format("{}.{}-{}", path, kind, n);
    if (::access(aside.c_str(), F_OK) != 0) break;
  }
  for (const char* suffix : sqlite::kDatabaseFiles) {
    const std::string from = path + suffix;
    if (std::rename(from.c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) {
      return errno_error("put aside " + from, errno);
    }
  }
  return aside;
}

Status SqliteStore::backup(const std::string& path) const {
  const std::lock_guard guard(mutex_);
  ASSIGN_OR_RETURN(const State state, load());
  TRY_IN("copy " + file(), may_be_copied(state));
  ASSIGN_OR_RETURN(Database * database, open_existing());
  if (database == nullptr) return errno_error("open " + file(), ENOENT);
  return database->copy_to(path);
}

Result<std::vector<std::string>> SqliteStore::restore_from(const std::string& path) {
  const std::lock_guard guard(mutex_);
  const std::string what = "take the state from " + path;
  const auto taken_over = [&]() -> Status {
    TRY(take_copy(path, taken()));
    TRY(count("store.restore_from"));
    ASSIGN_OR_RETURN(Database database, Database::open(taken(), Database::Mode::kExisting));
    TRY(renew_generations(database));
    return database.copy_to(file() + ".taken");
  }();
  (void)remove_database(taken());
  TRY_IN(what, taken_over);
  database_.reset();
  std::vector<std::string> done;
  ASSIGN_OR_RETURN(const std::string aside, put_aside(file(), "before"));
  if (!aside.empty()) done.push_back("put the state until now aside as " + aside);
  if (std::rename((file() + ".taken").c_str(), file().c_str()) != 0) {
    return errno_error(what + ": rename it to " + file(), errno);
  }
  done.push_back("took the state from " + path);
  copy_due_ = true;
  return done;
}

Result<std::vector<std::string>> SqliteStore::restore() {
  const std::lock_guard guard(mutex_);
  std::vector<std::string> done;
  std::vector<Error> errors;
  const State state = read(errors);
  if (errors.empty() && !state.empty()) return done;
  const bool damaged = std::any_of(errors.begin(), errors.end(), [](const Error& error) {
    return error.code == Errc::kFailedPrecondition &&
           error.message.find("locked") == std::string::npos;
  });
  if (!errors.empty() && !damaged) return std::move(errors.front());
  database_.reset();
  TRY(count("store.restore"));
  if (damaged) {
    ASSIGN_OR_RETURN(const std::string aside, put_aside(file(), "damaged"));
    done.push_back(fmt::format("{}; put aside as {}", errors.front().message, aside));
  }
  auto kept = Database::open(copy(), Database::Mode::kExisting);
  if (!kept) {
    for (const std::string& line : done) kept.error().message += "; " + line;
    return std::move(kept).error().within("go back to the copy");
  }
  TRY_IN("go back to the copy", check_schema(*kept));
  std::vector<Error> bad;
  (void)read_rows(*kept, bad);
  if (!bad.empty()) return std::move(bad.front()).within("go back to the copy " + copy());
  TRY(kept->copy_to(taken()));
  ASSIGN_OR_RETURN(Database fresh, Database::open(taken(), Database::Mode::kExisting));
  TRY(renew_generations(fresh));
  TRY(remove_database(file()));
  TRY(fresh.copy_to(file()));
  (void)remove_database(taken());
  done.push_back(fmt::format("went back to {}", copy()));
  return done;
}

}  // namespace vinet::control
