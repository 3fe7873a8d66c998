// Rows: a State in the tables of schema.h, and changes of it. Both to be called inside a
// transaction.
#pragma once

#include <vector>

#include "control/sqlite.h"
#include "control/store.h"

namespace vinet::control {

/// What can be read; `errors` gets one for each object that cannot be trusted.
State read_rows(sqlite::Database& database, std::vector<Error>& errors);
/// Only the bases.
void read_bases(sqlite::Database& database, State& state, std::vector<Error>& errors);

/// As Store::events.
Result<std::vector<Event>> read_events(sqlite::Database& database, uint64_t after, uint64_t most);

/// In the order that Changes says.
Status write_rows(sqlite::Database& database, const Changes& changes);

/// A counter of the store, `term` or `generation`; 0 where it was never counted.
Result<uint64_t> read_counter(sqlite::Database& database, const std::string& name);
Status write_counter(sqlite::Database& database, const std::string& name, uint64_t value);

/// Makes a state that was set back to this copy newer than all that was ever said of it: what has a
/// generation gets a new one. In a transaction of its own.
Status renew_generations(sqlite::Database& database);

}  // namespace vinet::control
