// Copy: a whole state with its counters as one database file, whatever kind of store it is of: what
// `vinet backup` writes and `vinet recover FILE` takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/state.h"
#include "support/result.h"

namespace vinet::control {

struct Copy {
  std::string id;  ///< of the store
  uint64_t term = 0, generation = 0;
  State state;
  std::vector<Event> events;  ///< oldest first
};

/// Would `recover` take a copy of this state?
Status may_be_copied(const State& state);

/// Copies what somebody kept to `scratch`, which the caller removes, and checks it.
/// Out, errors: as read_copy.
Result<State> take_copy(const std::string& path, const std::string& scratch);

/// Reads a copy that somebody kept; the file, and the log beside it (`-wal`), are only read.
/// `scratch`: a name in a directory of ours, for the time of the call.
/// Errors: not_found; failed_precondition where it is not whole, not vinet's, empty, or was taken
///         while a command was at work.
Result<Copy> read_copy(const std::string& path, const std::string& scratch);

/// Replaces the file `path` as a whole; only root can read it.
Status write_copy(const Copy& copy, const std::string& path);

/// Renames a database, with the files beside it, to a name that is free; returns that, or nothing
/// where there is no database. `kind`: `before` makes `vinet.db.before-1`.
Result<std::string> put_aside(const std::string& path, const std::string& kind);

/// Brings a copy to another version of the schema (migrate.h), for another vinet.
/// Errors: failed_precondition where that version cannot hold it; the copy is as it was then.
Status convert_copy(const std::string& path, int64_t version);

}  // namespace vinet::control
