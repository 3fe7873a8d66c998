// SqliteStore, second half: going back to a copy, vinet's own or one that somebody kept.
//
// Problem:   what takes the state's place must be good before the state goes, and whatever is there
//            may be all that is left of it.
// Approach:  a copy is read, all of it, before anything moves; then names are exchanged.
// Invariant: what holds anything is never removed: it goes aside.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "control/rows.h"
#include "control/schema.h"
#include "control/sqlite.h"
#include "control/sqlite_store.h"

namespace vinet::control {
namespace {

namespace fs = std::filesystem;
using sqlite::Database;
using sqlite::remove_database;

/// Does the file begin as SQLite's do? So that no film is copied for one.
bool looks_like_database(const std::string& path) {
  constexpr std::string_view kBegin("SQLite format 3\0", 16);
  std::array<char, kBegin.size()> begin{};
  std::ifstream file(path, std::ios::binary);
  return file.read(begin.data(), begin.size()) &&
         std::string_view(begin.data(), begin.size()) == kBegin;
}

/// Copies a database and its log. Only plain files: whatever a link or a device leads to is not
/// meant.
Status copy_files(const std::string& from, const std::string& to) {
  TRY(remove_database(to));
  for (const char* suffix : {"", "-wal"}) {
    std::error_code failed;
    const std::string source = from + suffix;
    const fs::file_status status = fs::symlink_status(source, failed);
    if (!fs::exists(status) && *suffix != '\0') continue;
    if (!fs::exists(status)) return errno_error("open " + source, ENOENT);
    if (!fs::is_regular_file(status)) {
      return Error{Errc::kInvalidArgument, source + " is not a plain file"};
    }
    if (*suffix == '\0' && !looks_like_database(source)) {
      return Error{Errc::kFailedPrecondition, source + " is not a database"};
    }
    if (!fs::copy_file(source, to + suffix, failed)) {
      return errno_error("copy " + source + " to " + to + suffix, failed.value());
    }
  }
  return ok();
}

}  // namespace

/// Renames the database to a name that is free, and returns that; empty where there is none.
Result<std::string> SqliteStore::put_aside(const std::string& kind) {
  if (::access(file().c_str(), F_OK) != 0) return std::string();
  std::string aside;
  for (int n = 1;; ++n) {
    aside = fmt::format("{}.{}-{}", file(), kind, n);
    if (::access(aside.c_str(), F_OK) != 0) break;
  }
  for (const char* suffix : sqlite::kDatabaseFiles) {
    const std::string from = file() + suffix;
    if (std::rename(from.c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) {
      return errno_error("put aside " + from, errno);
    }
  }
  return aside;
}

Result<std::vector<std::string>> SqliteStore::restore_from(const std::string& path) {
  const std::lock_guard guard(mutex_);
  const std::string what = "take the state from " + path;
  const auto refuse = [&](const std::string& why) {
    return Error{Errc::kFailedPrecondition, what + ": " + why + "; nothing was changed"};
  };
  // SQLite writes into what it opens, so that it opens a copy.
  TRY_IN(what, copy_files(path, taken()));
  const auto checked = [&]() -> Status {
    ASSIGN_OR_RETURN(Database database, Database::open(taken(), Database::Mode::kExisting));
    ASSIGN_OR_RETURN(const bool something, has_schema(database));
    if (!something) return refuse("it holds nothing");
    TRY(check_schema(database));
    std::vector<Error> bad;
    const State state = read_rows(database, bad);
    if (!bad.empty()) return std::move(bad.front());
    if (state.operation) return refuse("it was copied while `vinet` was changing it");
    if (state.empty()) return refuse("nothing is up in it");
    for (const auto& [name, internet] : state.internets) {
      if (!state.ground_of(internet.plan)) {
        return refuse(
            fmt::format("it holds {} and not {}, on which that stands", name, internet.plan.base));
      }
    }
    TRY(count("store.restore_from"));
    TRY(renew_generations(database));
    return database.copy_to(file() + ".taken");
  }();
  (void)remove_database(taken());
  if (!checked) {
    Error error = checked.error();
    // What is wrong with our copy is wrong with theirs.
    if (const size_t at = error.message.find(taken()); at != std::string::npos) {
      error.message.replace(at, taken().size(), path);
    }
    return error.message.rfind(what, 0) == 0 ? error : std::move(error).within(what);
  }
  database_.reset();
  std::vector<std::string> done;
  ASSIGN_OR_RETURN(const std::string aside, put_aside("before"));
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
    ASSIGN_OR_RETURN(const std::string aside, put_aside("damaged"));
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
