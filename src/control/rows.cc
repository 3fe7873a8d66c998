#include "control/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/state_json.h"

namespace vinet::control {
namespace {

using sqlite::Database;

/// Reads one object; where it cannot be trusted, the error says which one.
template <typename T>
Result<T> read_object(const Database& database, const std::string& what, const std::string& text,
                      Result<T> (*from)(const std::string&)) {
  Result<T> object = from(text);
  if (!object) return std::move(object).error().within(database.path() + ": " + what);
  return object;
}

/// Every row of a question, whatever the one before it met.
template <typename Use>
void each(Database& database, std::vector<Error>& errors, const char* sql, const Use& use) {
  auto statement = database.prepare(sql);
  if (!statement) {
    errors.push_back(std::move(statement).error());
    return;
  }
  for (;;) {
    auto row = statement->step();
    if (!row) errors.push_back(std::move(row).error());
    if (!row || !*row) return;
    if (Status used = use(*statement); !used) errors.push_back(std::move(used).error());
  }
}

/// Bases or internets; one under another's name is foreign.
template <typename T>
void read_named(Database& database, std::vector<Error>& errors, const std::string& kind,
                Result<T> (*from)(const std::string&), std::map<std::string, T>& into) {
  const std::string sql = fmt::format("select name, content from {}s order by name", kind);
  each(database, errors, sql.c_str(), [&](sqlite::Statement& row) -> Status {
    const std::string name = row.text(0), what = kind + " " + name;
    ASSIGN_OR_RETURN(T object, read_object(database, what, row.text(1), from));
    if (object.plan.name != name) {
      return Error{
          Errc::kFailedPrecondition,
          fmt::format("{}: {}: holds the state of '{}'", database.path(), what, object.plan.name),
          0};
    }
    into.emplace(name, std::move(object));
    return ok();
  });
}

Status run_with(Database& database, const char* sql, const std::vector<std::string>& texts) {
  ASSIGN_OR_RETURN(auto statement, database.prepare(sql));
  for (size_t i = 0; i < texts.size(); ++i) statement.bind(static_cast<int>(i), texts[i]);
  return statement.run();
}

}  // namespace

State read_rows(Database& database, std::vector<Error>& errors) {
  State state;
  read_bases(database, state, errors);
  read_named(database, errors, "internet", internet_from_text, state.internets);
  each(database, errors, "select content from operation", [&](sqlite::Statement& row) -> Status {
    ASSIGN_OR_RETURN(state.operation,
                     read_object(database, "operation", row.text(0), operation_from_text));
    return ok();
  });
  return state;
}

void read_bases(Database& database, State& state, std::vector<Error>& errors) {
  read_named(database, errors, "base", base_from_text, state.bases);
}

Result<std::vector<Event>> read_events(Database& database, uint64_t after, uint64_t most) {
  std::vector<Event> events;
  ASSIGN_OR_RETURN(
      auto rows, database.prepare("select id, time_us, kind, object, text from events where id > ? "
                                  "order by id desc limit ?"));
  rows.bind(0, static_cast<int64_t>(after)).bind(1, static_cast<int64_t>(most));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) break;
    events.push_back({static_cast<uint64_t>(rows.number(0)), static_cast<uint64_t>(rows.number(1)),
                      rows.text(2), rows.text(3), rows.text(4)});
  }
  std::reverse(events.begin(), events.end());
  return events;
}

Status write_rows(Database& database, const Changes& changes) {
  for (const std::string& name : changes.erased_internets) {
    TRY(run_with(database, "delete from internets where name = ?", {name}));
  }
  for (const std::string& name : changes.erased_bases) {
    TRY(run_with(database, "delete from bases where name = ?", {name}));
  }
  for (const BaseIntent& base : changes.bases) {
    TRY(run_with(database, "insert or replace into bases(name, content) values (?, ?)",
                 {base.plan.name, to_text(base)}));
  }
  for (const OldInternet& one : changes.internets) {
    TRY(run_with(database, "insert or replace into internets(name, content) values (?, ?)",
                 {one.intent.plan.name, to_text(one.intent, one.ground)}));
  }
  if (changes.operation) {
    TRY(run_with(database, "insert or replace into operation(one, content) values (1, ?)",
                 {to_text(*changes.operation)}));
  }
  if (changes.ends_operation) TRY(database.exec("delete from operation"));
  if (changes.changes_state()) {
    TRY(
        database.exec("insert into meta(key, value) values ('writes', '1') "
                      "on conflict(key) do update set value = cast(value as integer) + 1"));
  }
  for (const Event& event : changes.events) {
    ASSIGN_OR_RETURN(
        auto insert,
        database.prepare("insert into events(time_us, kind, object, text) values (?, ?, ?, ?)"));
    insert.bind(0, static_cast<int64_t>(event.time_us)).bind(1, event.kind);
    TRY(insert.bind(2, event.object).bind(3, event.text).run());
  }
  if (changes.events.empty()) return ok();
  return database.exec(fmt::format(
      "delete from events where id <= (select max(id) from events) - {}", Store::kMostEvents));
}

Result<uint64_t> read_counter(Database& database, const std::string& name) {
  ASSIGN_OR_RETURN(auto row,
                   database.prepare("select cast(value as integer) from meta where key = ?"));
  row.bind(0, name);
  ASSIGN_OR_RETURN(const bool there, row.step());
  return there ? static_cast<uint64_t>(row.number(0)) : 0;
}

Status write_counter(Database& database, const std::string& name, uint64_t value) {
  return run_with(database, "insert or replace into meta(key, value) values (?, ?)",
                  {name, std::to_string(value)});
}

Status renew_generations(Database& database) {
  TRY(database.exec("begin immediate"));
  const Status renewed = [&]() -> Status {
    ASSIGN_OR_RETURN(uint64_t generation, read_counter(database, "generation"));
    generation = next_count(generation);
    std::vector<Error> errors;
    const State state = read_rows(database, errors);
    if (!errors.empty()) return std::move(errors.front());
    TRY(write_rows(database, with_generation(state, generation)));
    return write_counter(database, "generation", generation);
  }();
  if (!renewed) (void)database.exec("rollback");
  return renewed ? database.exec("commit") : renewed;
}

}  // namespace vinet::control
