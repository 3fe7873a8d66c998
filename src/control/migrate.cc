#include "control/migrate.h"

#include <fmt/format.h>

#include <array>

#include "control/rows.h"
#include "control/schema.h"

namespace vinet::control {
namespace {

using sqlite::Database;

// 3 knows fleets: terms and generations are counted, objects carry generations.
Status up_to_3(Database& database) {
  return database.exec(
      "insert or ignore into meta(key, value) values ('term', '0'), ('generation', '0')");
}

Status down_to_2(Database& database) {
  std::vector<Error> errors;
  State state = read_rows(database, errors);
  if (!errors.empty()) return std::move(errors.front());
  const auto refuse = [&database](const std::string& why) {
    return Error{Errc::kFailedPrecondition, database.path() + ": " + why, 0};
  };
  if (state.operation) return refuse("a command is at work, or was killed: let it end first");
  for (auto& [name, base] : state.bases) {
    if (base.plan.fleet) return refuse(name + " is a fleet, which version 2 does not know");
    base.generation = 0;
  }
  for (auto& [name, internet] : state.internets) internet.generation = 0;
  TRY(write_rows(database, all_of(state)));
  return database.exec("delete from meta where key in ('term', 'generation')");
}

struct Step {
  int64_t from;  // to the next one, and back
  Status (*up)(Database&);
  Status (*down)(Database&);
};
constexpr std::array kSteps = {Step{2, up_to_3, down_to_2}};

}  // namespace

Status migrate(Database& database, int64_t to,
               const std::function<Status(const std::string& what)>& before_step) {
  for (;;) {
    ASSIGN_OR_RETURN(const int64_t from, schema_of(database));
    if (from == to) return ok();
    const bool up = from < to;
    const Step* step = nullptr;
    for (const Step& one : kSteps) {
      if (one.from == (up ? from : from - 1)) step = &one;
    }
    const std::string what =
        fmt::format("{}: from version {} to {}", database.path(), from, up ? from + 1 : from - 1);
    if (step == nullptr) {
      return Error{Errc::kInvalidArgument, what + ": there are versions 2 to 3", 0};
    }
    if (before_step) TRY_IN(what, before_step("store.migrate"));
    TRY_IN(what, database.exec("begin immediate"));
    const Status stepped = [&]() -> Status {
      TRY((up ? step->up : step->down)(database));
      TRY(database.exec(fmt::format("pragma user_version = {}", up ? from + 1 : from - 1)));
      return database.exec("commit");
    }();
    if (!stepped) (void)database.exec("rollback");
    TRY_IN(what, stepped);
  }
}

}  // namespace vinet::control
