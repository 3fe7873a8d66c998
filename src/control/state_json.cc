//   {"format": "vinet state 1", "sum": "<hash of content>", "content": {"kind": "base", ...}}
//
// The sum is of the content as this library prints it (keys sorted), which is the same after
// reading it back.
#include "control/state_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plan/plan_json.h"
#include "support/hash.h"

namespace vinet::control {
namespace {

using nlohmann::json;
constexpr char kFormat[] = "vinet state 1";

std::string seal(const json& content) {
  const json file = {{"format", kFormat},
                     {"sum", fmt::format("{:016x}", stable_hash(content.dump()))},
                     {"content", content}};
  return file.dump() + "\n";
}

Error bad(const std::string& what) {
  return Error{Errc::kFailedPrecondition, what};
}

Result<std::string> get_string(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) {
    return bad(fmt::format("damaged: no text '{}'", key));
  }
  return found->get<std::string>();
}

Result<std::vector<std::string>> get_strings(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) {
    return bad(fmt::format("damaged: no list '{}'", key));
  }
  std::vector<std::string> strings;
  for (const json& item : *found) {
    if (!item.is_string()) {
      return bad(fmt::format("damaged: '{}' holds something else than texts", key));
    }
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

/// The content of a sealed file, if it is one of this kind.
Result<json> unseal(const std::string& text, const std::string& kind) {
  const json file = json::parse(text, nullptr, false);
  if (file.is_discarded()) {
    return bad("damaged: not JSON");
  }
  if (!file.is_object()) {
    return bad("not a state file of vinet");
  }
  const auto format = file.find("format");
  if (format == file.end() || !format->is_string()) {
    return bad("not a state file of vinet");
  }
  if (*format != kFormat) {
    return bad(fmt::format("written in the format '{}', this vinet reads '{}'",
                           format->get<std::string>(), kFormat));
  }
  const auto content = file.find("content");
  if (content == file.end() || !content->is_object()) {
    return bad("damaged: no content");
  }
  ASSIGN_OR_RETURN(const std::string sum, get_string(file, "sum"));
  if (sum != fmt::format("{:016x}", stable_hash(content->dump(-1, ' ', false,
                                                              json::error_handler_t::replace)))) {
    return bad("damaged: the checksum does not fit");
  }
  ASSIGN_OR_RETURN(const std::string is, get_string(*content, "kind"));
  if (is != kind) {
    return bad(fmt::format("holds the state of {}, not of {}", is, kind));
  }
  return *content;
}

Result<LeaseEnd> get_lease_end(const json& lease) {
  LeaseEnd end;
  const auto whole = [&](const char* key) {
    return lease.contains(key) && lease[key].is_number_unsigned();
  };
  if (!lease.is_object() || !whole("boottime_s") || !whole("wall_s")) {
    return bad("damaged: not the end of a lease");
  }
  ASSIGN_OR_RETURN(end.boot, get_string(lease, "boot"));
  end.boottime_s = lease["boottime_s"].get<uint64_t>();
  end.wall_s = lease["wall_s"].get<uint64_t>();
  return end;
}

Result<plan::Plan> get_plan(const json& content) {
  const auto found = content.find("plan");
  if (found == content.end()) {
    return bad("damaged: no plan");
  }
  auto plan = plan::from_json(found->dump());
  if (!plan) {
    return bad("damaged: " + plan.error().message);
  }
  return plan;
}

}  // namespace

std::string to_text(const BaseIntent& base) {
  plan::Plan plan;
  plan.bases.push_back(base.plan);
  return seal({{"kind", "base"},
               {"made_for_internet", base.made_for_internet},
               {"namespaces", base.namespaces},
               {"plan", json::parse(plan::to_json(plan, -1))}});
}

std::string to_text(const InternetIntent& internet, const plan::BasePlan& base) {
  plan::Plan plan;
  plan.bases.push_back(base);
  plan.internets.push_back(internet.plan);
  json content = {{"kind", "internet"},
                  {"digest", internet.digest},
                  {"namespaces", internet.namespaces},
                  {"plan", json::parse(plan::to_json(plan, -1))}};
  if (internet.lease_end) {
    content["lease_end"] = {{"boot", internet.lease_end->boot},
                            {"boottime_s", internet.lease_end->boottime_s},
                            {"wall_s", internet.lease_end->wall_s}};
  }
  return seal(content);
}

std::string to_text(const Operation& operation) {
  json old_bases = json::array();
  for (const BaseIntent& base : operation.old_bases) {
    old_bases.push_back(to_text(base));
  }
  json old_internets = json::array();
  for (const OldInternet& internet : operation.old_internets) {
    old_internets.push_back(to_text(internet.intent, internet.base));
  }
  return seal({{"kind", "operation"},
               {"verb", operation.kind == Operation::Kind::kUp ? "up" : "down"},
               {"pid", operation.pid},
               {"bases", operation.bases},
               {"internets", operation.internets},
               {"old_bases", old_bases},
               {"old_internets", old_internets}});
}

Result<BaseIntent> base_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(const json content, unseal(text, "base"));
  BaseIntent base;
  ASSIGN_OR_RETURN(base.namespaces, get_strings(content, "namespaces"));
  const auto made = content.find("made_for_internet");
  base.made_for_internet = made != content.end() && made->is_boolean() && made->get<bool>();
  ASSIGN_OR_RETURN(plan::Plan plan, get_plan(content));
  if (plan.bases.size() != 1) {
    return bad("damaged: not the plan of one base");
  }
  base.plan = std::move(plan.bases.front());
  return base;
}

Result<OldInternet> placed_internet_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(const json content, unseal(text, "internet"));
  InternetIntent internet;
  ASSIGN_OR_RETURN(internet.digest, get_string(content, "digest"));
  ASSIGN_OR_RETURN(internet.namespaces, get_strings(content, "namespaces"));
  ASSIGN_OR_RETURN(plan::Plan plan, get_plan(content));
  if (plan.internets.size() != 1 || plan.bases.size() != 1) {
    return bad("damaged: not the plan of one internet");
  }
  internet.plan = std::move(plan.internets.front());
  if (const auto lease = content.find("lease_end"); lease != content.end()) {
    ASSIGN_OR_RETURN(internet.lease_end, get_lease_end(*lease));
  }
  return OldInternet{std::move(internet), std::move(plan.bases.front())};
}

Result<InternetIntent> internet_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(OldInternet placed, placed_internet_from_text(text));
  return std::move(placed.intent);
}

Result<Operation> operation_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(const json content, unseal(text, "operation"));
  Operation operation;
  ASSIGN_OR_RETURN(const std::string verb, get_string(content, "verb"));
  if (verb != "up" && verb != "down") {
    return bad(fmt::format("damaged: unknown verb '{}'", verb));
  }
  operation.kind = verb == "up" ? Operation::Kind::kUp : Operation::Kind::kDown;
  const auto pid = content.find("pid");
  operation.pid = pid != content.end() && pid->is_number_integer() ? pid->get<pid_t>() : 0;
  ASSIGN_OR_RETURN(operation.bases, get_strings(content, "bases"));
  ASSIGN_OR_RETURN(operation.internets, get_strings(content, "internets"));
  ASSIGN_OR_RETURN(const auto old_bases, get_strings(content, "old_bases"));
  for (const std::string& old : old_bases) {
    ASSIGN_OR_RETURN(BaseIntent base, base_from_text(old));
    operation.old_bases.push_back(std::move(base));
  }
  ASSIGN_OR_RETURN(const auto old_internets, get_strings(content, "old_internets"));
  for (const std::string& old : old_internets) {
    ASSIGN_OR_RETURN(OldInternet internet, placed_internet_from_text(old));
    operation.old_internets.push_back(std::move(internet));
  }
  return operation;
}

}  // namespace vinet::control
