// What the database of the store looks like, and how it is known to be ours.
#pragma once

#include "control/sqlite.h"

namespace vinet::control {

/// Is anything in the database? A file of 0 bytes is a valid database without anything in it.
Result<bool> has_schema(sqlite::Database& database);

/// The version of its tables.
Result<int64_t> schema_of(sqlite::Database& database);

/// Errors: failed_precondition where the database is not vinet's, of a version that cannot be
/// read (migrate.h), or damaged.
Status check_schema(sqlite::Database& database);

/// Makes tables in an empty database, in the transaction that is open; with a new random store id.
Status make_schema(sqlite::Database& database);

}  // namespace vinet::control
