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

/// In the order that Changes says.
Status write_rows(sqlite::Database& database, const Changes& changes);

/// What `write_rows` makes of a state, without reading it back.
void change(State& state, const Changes& changes);

}  // namespace vinet::control
