// Texts of the member's database: two lines, of which the first makes sure of the second.
//
//   vinet member 1 <hash of the line below>
//   {"owner": "line", ...}
//
// The slices beside a record are known to be whole by the record's digest.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "member/records.h"
#include "slice/slice_json.h"
#include "support/hash.h"

namespace vinet::member {
namespace {

using nlohmann::json;
constexpr std::string_view kFormat = "vinet member 1 ";

Error bad(const std::string& what) {
  return {Errc::kFailedPrecondition, "damaged: " + what, 0};
}

std::string seal(const json& object) {
  const std::string body = object.dump(-1, ' ', false, json::error_handler_t::replace);
  return fmt::format("{}{:016x}\n{}", kFormat, stable_hash(body), body);
}

Result<json> unseal(const std::string& text) {
  const size_t end = text.find('\n');
  if (!text.starts_with(kFormat) || end == std::string::npos) return bad("not a record of vinet");
  const std::string body = text.substr(end + 1);
  if (text.substr(kFormat.size(), end - kFormat.size()) !=
      fmt::format("{:016x}", stable_hash(body))) {
    return bad("the checksum does not fit");
  }
  json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return bad("no object");
  return object;
}

/// A member of that type, or an error that names it.
template <typename T>
Status get(const json& object, const char* key, T& out) {
  const auto found = object.find(key);
  const bool fits = found != object.end() && [&] {
    if constexpr (std::is_same_v<T, std::string>) return found->is_string();
    if constexpr (std::is_same_v<T, bool>) return found->is_boolean();
    return found->is_number_integer();
  }();
  if (!fits) return bad(fmt::format("no '{}'", key));
  out = found->template get<T>();
  return ok();
}

Status get(const json& object, const char* key, std::vector<std::string>& out) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return bad(fmt::format("no list '{}'", key));
  for (const json& item : *found) {
    if (!item.is_string()) return bad(fmt::format("'{}' holds something else than texts", key));
    out.push_back(item.get<std::string>());
  }
  return ok();
}

Result<control::LeaseEnd> lease_end_from(const json& object) {
  control::LeaseEnd end;
  TRY(get(object, "boot", end.boot));
  TRY(get(object, "boottime_s", end.boottime_s));
  TRY(get(object, "wall_s", end.wall_s));
  return end;
}

}  // namespace

std::string head_text(const Record& record) {
  const fleet::Holding& holding = record.holding;
  json object = {{"owner", holding.owner},
                 {"internet", holding.internet},
                 {"namespaces", holding.namespaces},
                 {"runs", holding.runs},
                 {"hosts_text", holding.hosts_text},
                 {"tenant", holding.tenant},
                 {"store", record.store},
                 {"generation", record.generation},
                 {"digest", record.digest}};
  if (holding.lease_s) object["lease_s"] = *holding.lease_s;
  if (record.lease_end) {
    object["lease_end"] = {{"boot", record.lease_end->boot},
                           {"boottime_s", record.lease_end->boottime_s},
                           {"wall_s", record.lease_end->wall_s}};
  }
  return seal(object);
}

Result<Record> record_from(const std::string& head, const std::string& slices) {
  ASSIGN_OR_RETURN(const json object, unseal(head));
  Record record;
  fleet::Holding& holding = record.holding;
  TRY(get(object, "owner", holding.owner));
  TRY(get(object, "internet", holding.internet));
  TRY(get(object, "namespaces", holding.namespaces));
  TRY(get(object, "hosts_text", holding.hosts_text));
  TRY(get(object, "tenant", holding.tenant));
  TRY(get(object, "store", record.store));
  TRY(get(object, "generation", record.generation));
  TRY(get(object, "digest", record.digest));
  const auto runs = object.find("runs");
  if (runs == object.end() || !(runs->is_object() || runs->is_null())) return bad("no 'runs'");
  for (const auto& [node, command] : runs->items()) {
    if (!command.is_string()) return bad("'runs' holds something else than texts");
    holding.runs.emplace(node, command.get<std::string>());
  }
  if (object.contains("lease_s")) TRY(get(object, "lease_s", holding.lease_s.emplace()));
  if (object.contains("lease_end")) {
    ASSIGN_OR_RETURN(record.lease_end, lease_end_from(object["lease_end"]));
  }
  auto read = slice::from_json(slices);
  if (!read) return bad(read.error().message);
  holding.slices = *std::move(read);
  if (fleet::digest_of(holding) != record.digest) return bad("the slices are not the record's");
  return record;
}

std::string to_text(const Outcome& outcome) {
  json object = {{"key", outcome.key},
                 {"created", outcome.report.created},
                 {"changed", outcome.report.changed},
                 {"deleted", outcome.report.deleted},
                 {"changes", outcome.report.changes}};
  if (outcome.error) {
    object["code"] = static_cast<int>(outcome.error->code);
    object["message"] = outcome.error->message;
    object["errno"] = outcome.error->sys_errno;
  }
  return seal(object);
}

Result<Outcome> outcome_from(const std::string& text) {
  ASSIGN_OR_RETURN(const json object, unseal(text));
  Outcome outcome;
  TRY(get(object, "key", outcome.key));
  TRY(get(object, "created", outcome.report.created));
  TRY(get(object, "changed", outcome.report.changed));
  TRY(get(object, "deleted", outcome.report.deleted));
  TRY(get(object, "changes", outcome.report.changes));
  if (object.contains("code")) {
    Error& error = outcome.error.emplace();
    int code = 0;
    TRY(get(object, "code", code));
    if (code < 0 || code > static_cast<int>(Errc::kInternal)) return bad("an unknown code");
    error.code = static_cast<Errc>(code);
    TRY(get(object, "message", error.message));
    TRY(get(object, "errno", error.sys_errno));
  }
  return outcome;
}

std::string to_text(const Change& change) {
  return seal({{"key", change.key},
               {"back", change.back},
               {"order", change.order},
               {"names", change.names},
               {"why_back", change.why_back}});
}

Result<Change> change_from(const std::string& text) {
  ASSIGN_OR_RETURN(const json object, unseal(text));
  Change change;
  TRY(get(object, "key", change.key));
  TRY(get(object, "back", change.back));
  TRY(get(object, "order", change.order));
  TRY(get(object, "why_back", change.why_back));
  const auto names = object.find("names");
  if (names == object.end() || !names->is_object()) return bad("no 'names'");
  for (const auto& [owner, list] : names->items()) {
    TRY(get(*names, owner.c_str(), change.names[owner]));
  }
  return change;
}

}  // namespace vinet::member
