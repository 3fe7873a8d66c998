#include "control/schema.h"

#include <fmt/format.h>

#include "control/migrate.h"
#include "support/random.h"

namespace vinet::control {
namespace {

constexpr int64_t kApplication = 0x76696e65;  // "vine"

constexpr char kTables[] = R"(
create table meta(key text primary key, value text not null) without rowid;
create table bases(name text not null unique, content text not null);
create table internets(name text not null unique, content text not null);
create table operation(one integer primary key check (one = 1), content text not null);
create table events(id integer primary key autoincrement, time_us integer not null,
  kind text not null, object text not null, text text not null);
)";

Result<int64_t> number_of(sqlite::Database& database, const char* pragma) {
  ASSIGN_OR_RETURN(auto statement, database.prepare(pragma));
  ASSIGN_OR_RETURN(const bool row, statement.step());
  return row ? statement.number(0) : 0;
}

Error refuse(const sqlite::Database& database, const std::string& why) {
  return {Errc::kFailedPrecondition, database.path() + ": " + why, 0};
}

}  // namespace

Result<bool> has_schema(sqlite::Database& database) {
  ASSIGN_OR_RETURN(const int64_t tables, number_of(database, "select count(*) from sqlite_master"));
  return tables > 0;
}

Result<int64_t> schema_of(sqlite::Database& database) {
  return number_of(database, "pragma user_version");
}

Status check_schema(sqlite::Database& database) {
  ASSIGN_OR_RETURN(const int64_t application, number_of(database, "pragma application_id"));
  if (application != kApplication) return refuse(database, "a database, but not vinet's");
  ASSIGN_OR_RETURN(const int64_t version, schema_of(database));
  if (version < kOldestSchema || version > kSchema) {
    return refuse(
        database,
        fmt::format("written by {} vinet, whose state has version {}; this one reads "
                    "versions {} to {}{}",
                    version > kSchema ? "a newer" : "an older", version, kOldestSchema, kSchema,
                    version > kSchema
                        ? fmt::format(": let that one write a copy which this one takes "
                                      "by `vinet recover`: `vinet backup --schema {}`",
                                      kSchema)
                        : ""));
  }
  ASSIGN_OR_RETURN(const std::string check, database.ask("pragma quick_check(1)"));
  if (check != "ok") return refuse(database, "damaged: " + check);
  return ok();
}

Status make_schema(sqlite::Database& database) {
  ASSIGN_OR_RETURN(const std::string id, random_id());
  TRY(database.exec(kTables));
  TRY(database.exec(
      fmt::format("pragma application_id = {}; pragma user_version = {};", kApplication, kSchema)));
  ASSIGN_OR_RETURN(auto insert,
                   database.prepare("insert into meta(key, value) values ('store', ?)"));
  TRY(insert.bind(0, id).run());
  return database.exec("insert into meta(key, value) values ('term', '0'), ('generation', '0')");
}

}  // namespace vinet::control
