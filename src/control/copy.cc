// Problem:   a copy that somebody kept may be anything, and SQLite writes into what it opens.
// Approach:  its files are copied, the copy is opened and read, all of it.
// Invariant: what was kept is only read.
#include "control/copy.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "control/migrate.h"
#include "control/rows.h"
#include "control/schema.h"
#include "control/sqlite.h"

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

Error refuse(const std::string& why) {
  return Error{Errc::kFailedPrecondition, why + "; nothing was changed", 0};
}

Result<State> check_copy(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, Database::Mode::kExisting));
  ASSIGN_OR_RETURN(const bool something, has_schema(database));
  if (!something) return refuse("it holds nothing");
  TRY(check_schema(database));
  std::vector<Error> bad;
  State state = read_rows(database, bad);
  if (!bad.empty()) return std::move(bad.front());
  if (state.operation) return refuse("it was copied while `vinet` was changing it");
  if (state.empty()) return refuse("nothing is up in it");
  for (const auto& [name, internet] : state.internets) {
    if (!state.ground_of(internet.plan)) {
      return refuse(
          fmt::format("it holds {} and not {}, on which that stands", name, internet.plan.base));
    }
  }
  return state;
}

}  // namespace

Status may_be_copied(const State& state) {
  if (state.empty()) return Error{Errc::kNotFound, "nothing is up", 0};
  if (!state.operation) return ok();
  return Error{Errc::kFailedPrecondition,
               "a command is at work, or was killed: try again when it has ended", 0};
}

Result<State> take_copy(const std::string& path, const std::string& scratch) {
  TRY(copy_files(path, scratch));
  auto state = check_copy(scratch);
  if (state) return state;
  // What is wrong with our copy is wrong with theirs.
  Error error = std::move(state).error();
  if (const size_t at = error.message.find(scratch); at != std::string::npos) {
    error.message.replace(at, scratch.size(), path);
  }
  return error;
}

Result<Copy> read_copy(const std::string& path, const std::string& scratch) {
  Copy copy;
  const Status read = [&]() -> Status {
    ASSIGN_OR_RETURN(copy.state, take_copy(path, scratch));
    ASSIGN_OR_RETURN(Database database, Database::open(scratch, Database::Mode::kExisting));
    ASSIGN_OR_RETURN(copy.id, database.ask("select value from meta where key = 'store'"));
    ASSIGN_OR_RETURN(copy.term, read_counter(database, "term"));
    ASSIGN_OR_RETURN(copy.generation, read_counter(database, "generation"));
    ASSIGN_OR_RETURN(copy.events, read_events(database, 0, Store::kMostEvents));
    return ok();
  }();
  (void)remove_database(scratch);
  if (!read) return read.error();
  return copy;
}

Status write_copy(const Copy& copy, const std::string& path) {
  const std::string fresh = path + ".made";
  TRY(remove_database(fresh));
  const Status written = [&]() -> Status {
    ASSIGN_OR_RETURN(Database made, Database::open(fresh, Database::Mode::kCreate));
    TRY(made.exec("begin immediate"));
    TRY(make_schema(made));
    Changes changes = all_of(copy.state);
    changes.events = copy.events;
    TRY(write_rows(made, changes));
    for (const auto& [name, value] :
         {std::pair("term", copy.term), std::pair("generation", copy.generation)}) {
      if (value != 0) TRY(write_counter(made, name, value));
    }
    if (!copy.id.empty()) {
      ASSIGN_OR_RETURN(auto id, made.prepare("update meta set value = ? where key = 'store'"));
      TRY(id.bind(0, copy.id).run());
    }
    TRY(made.exec("commit"));
    return made.copy_to(path);
  }();
  TRY(remove_database(fresh));
  return written;
}

Status convert_copy(const std::string& path, int64_t version) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, Database::Mode::kExisting));
  return migrate(database, version, nullptr);
}

}  // namespace vinet::control
