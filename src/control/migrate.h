// Migrate: the database of the store from one version of its schema to the next, and back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "control/sqlite.h"

namespace vinet::control {

/// Versions that this vinet reads, and the one that it writes.
constexpr int64_t kOldestSchema = 2;
constexpr int64_t kSchema = 3;

/// Steps to another version, each one transaction: killed at any moment, the database is of one
/// version or of the next, with the same content.
/// `before_step`: asked before each; may be empty.
/// Errors: failed_precondition where that version cannot hold what is there: nothing has changed
/// then, but for the steps that are done.
Status migrate(sqlite::Database& database, int64_t to,
               const std::function<Status(const std::string& what)>& before_step);

}  // namespace vinet::control
