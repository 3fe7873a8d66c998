//   vinet state 2 <hash of all that follows the first line>
//   {"kind": "internet", "digest": "...", "parts": [<bytes of the first part>, ...]}
//   the parts, one after the other: plans as JSON, other objects as such texts
//
// Plans are nine tenths of it: they are written and read as texts of their own, once, and the hash
// is of bytes, so nothing need be parsed to know that it is whole.
#include "control/state_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plan/plan_json.h"
#include "support/hash.h"

namespace vinet::control {
namespace {

using nlohmann::json;
constexpr std::string_view kFormat = "vinet state 2";

/// What is left of an object when its first line and its parts are taken away.
struct Unsealed {
  json head;
  std::vector<std::string> parts;
};

std::string hash_of(std::string_view text) {
  return fmt::format("{:016x}", stable_hash(text));
}

std::string seal(json head, const std::vector<std::string>& parts) {
  json& sizes = head["parts"] = json::array();
  for (const std::string& part : parts) sizes.push_back(part.size());
  std::string body = head.dump() + "\n";
  for (const std::string& part : parts) body += part;
  return fmt::format("{} {}\n", kFormat, hash_of(body)) + body;
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

/// Cuts the parts off `rest`, which is exactly as long as they are together.
Result<std::vector<std::string>> cut(std::string_view rest, const json& head) {
  std::vector<std::string> parts;
  const auto sizes = head.find("parts");
  if (sizes == head.end() || !sizes->is_array()) return bad("damaged: no list 'parts'");
  for (const json& size : *sizes) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > rest.size()) {
      return bad("damaged: a part is missing");
    }
    parts.emplace_back(rest.substr(0, size.get<size_t>()));
    rest.remove_prefix(size.get<size_t>());
  }
  if (!rest.empty()) return bad("damaged: more than its parts");
  return parts;
}

/// The content of a sealed object, if it is one of this kind.
Result<Unsealed> unseal(std::string_view text, const std::string& kind) {
  const auto take_line = [&] {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
  };
  const std::string_view first = take_line();
  if (!first.starts_with("vinet state ")) return bad("damaged, or not a state of vinet");
  if (!first.starts_with(kFormat) || first.substr(kFormat.size(), 1) != " ") {
    return bad(fmt::format("written in the format '{}', this vinet reads '{}'",
                           first.substr(0, first.rfind(' ')), kFormat));
  }
  if (first.substr(kFormat.size() + 1) != hash_of(text)) {
    return bad("damaged: the checksum does not fit");
  }
  Unsealed object{json::parse(take_line(), nullptr, false), {}};
  if (!object.head.is_object()) return bad("damaged: no content");
  ASSIGN_OR_RETURN(const std::string is, get_string(object.head, "kind"));
  if (is != kind) return bad(fmt::format("holds the state of {}, not of {}", is, kind));
  ASSIGN_OR_RETURN(object.parts, cut(text, object.head));
  return object;
}

/// Numbers that are 0, and so on, are left out: that is what they are where they are missing.
Result<uint64_t> get_number_or_0(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return uint64_t{0};
  if (!found->is_number_unsigned()) return bad(fmt::format("damaged: no number '{}'", key));
  return found->get<uint64_t>();
}

void put_generation(json& head, uint64_t generation) {
  if (generation != 0) head["generation"] = generation;
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

Result<plan::Plan> get_plan(const Unsealed& object) {
  if (object.parts.size() != 1) return bad("damaged: no plan");
  auto plan = plan::from_json(object.parts[0]);
  if (!plan) return bad("damaged: " + plan.error().message);
  return plan;
}

}  // namespace

std::string to_text(const BaseIntent& base) {
  plan::Plan plan;
  plan.bases.push_back(base.plan);
  json head = {{"kind", "base"},
               {"made_for_internet", base.made_for_internet},
               {"namespaces", base.namespaces}};
  put_generation(head, base.generation);
  if (!base.leaving.empty()) head["leaving"] = base.leaving;
  return seal(std::move(head), {plan::to_json(plan, -1)});
}

// What an internet stands on is written as a base that has nothing but machines: a plan whose
// internets are on known machines. Whole bases, as earlier versions wrote them, are read alike.
std::string to_text(const InternetIntent& internet, const Ground& ground) {
  plan::Plan plan;
  plan::BasePlan& base = plan.bases.emplace_back();
  base.name = ground.name;
  for (const std::string& machine : ground.machines) base.machines.emplace_back().name = machine;
  plan.internets.push_back(internet.plan);
  json head = {
      {"kind", "internet"}, {"digest", internet.digest}, {"namespaces", internet.namespaces}};
  if (internet.lease_end) {
    head["lease_end"] = {{"boot", internet.lease_end->boot},
                         {"boottime_s", internet.lease_end->boottime_s},
                         {"wall_s", internet.lease_end->wall_s}};
  }
  if (!internet.tenant.empty()) head["tenant"] = internet.tenant;
  put_generation(head, internet.generation);
  return seal(std::move(head), {plan::to_json(plan, -1)});
}

std::string to_text(const Operation& operation) {
  std::vector<std::string> parts;
  for (const BaseIntent& base : operation.old_bases) parts.push_back(to_text(base));
  for (const OldInternet& old : operation.old_internets) {
    parts.push_back(to_text(old.intent, old.ground));
  }
  json head = {{"kind", "operation"},
               {"verb", operation.kind == Operation::Kind::kUp ? "up" : "down"},
               {"pid", operation.pid},
               {"bases", operation.bases},
               {"internets", operation.internets},
               {"old_bases", operation.old_bases.size()}};
  if (!operation.id.empty()) head["id"] = operation.id;
  if (operation.decided) head["decided"] = true;
  put_generation(head, operation.generation);
  return seal(std::move(head), parts);
}

Result<BaseIntent> base_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(const Unsealed object, unseal(text, "base"));
  BaseIntent base;
  ASSIGN_OR_RETURN(base.namespaces, get_strings(object.head, "namespaces"));
  const auto made = object.head.find("made_for_internet");
  base.made_for_internet = made != object.head.end() && made->is_boolean() && made->get<bool>();
  ASSIGN_OR_RETURN(base.generation, get_number_or_0(object.head, "generation"));
  if (const auto leaving = object.head.find("leaving"); leaving != object.head.end()) {
    if (!leaving->is_object()) return bad("damaged: 'leaving' is no object");
    for (const auto& [daemon, machine] : leaving->items()) {
      if (!machine.is_string()) return bad("damaged: 'leaving' holds something else than texts");
      base.leaving.emplace(daemon, machine.get<std::string>());
    }
  }
  ASSIGN_OR_RETURN(plan::Plan plan, get_plan(object));
  if (plan.bases.size() != 1) {
    return bad("damaged: not the plan of one base");
  }
  base.plan = std::move(plan.bases.front());
  return base;
}

Result<OldInternet> placed_internet_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(const Unsealed object, unseal(text, "internet"));
  InternetIntent internet;
  ASSIGN_OR_RETURN(internet.digest, get_string(object.head, "digest"));
  ASSIGN_OR_RETURN(internet.namespaces, get_strings(object.head, "namespaces"));
  ASSIGN_OR_RETURN(internet.generation, get_number_or_0(object.head, "generation"));
  if (object.head.contains("tenant")) {
    ASSIGN_OR_RETURN(internet.tenant, get_string(object.head, "tenant"));
  }
  ASSIGN_OR_RETURN(plan::Plan plan, get_plan(object));
  if (plan.internets.size() != 1 || plan.bases.size() != 1) {
    return bad("damaged: not the plan of one internet");
  }
  internet.plan = std::move(plan.internets.front());
  if (const auto lease = object.head.find("lease_end"); lease != object.head.end()) {
    ASSIGN_OR_RETURN(internet.lease_end, get_lease_end(*lease));
  }
  return OldInternet{std::move(internet), ground_of(plan.bases.front())};
}

Result<InternetIntent> internet_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(OldInternet placed, placed_internet_from_text(text));
  return std::move(placed.intent);
}

Result<Operation> operation_from_text(const std::string& text) {
  ASSIGN_OR_RETURN(const Unsealed object, unseal(text, "operation"));
  Operation operation;
  ASSIGN_OR_RETURN(const std::string verb, get_string(object.head, "verb"));
  if (verb != "up" && verb != "down") {
    return bad(fmt::format("damaged: unknown verb '{}'", verb));
  }
  operation.kind = verb == "up" ? Operation::Kind::kUp : Operation::Kind::kDown;
  const auto pid = object.head.find("pid");
  operation.pid = pid != object.head.end() && pid->is_number_integer() ? pid->get<pid_t>() : 0;
  ASSIGN_OR_RETURN(operation.bases, get_strings(object.head, "bases"));
  ASSIGN_OR_RETURN(operation.internets, get_strings(object.head, "internets"));
  if (object.head.contains("id")) {
    ASSIGN_OR_RETURN(operation.id, get_string(object.head, "id"));
  }
  const auto decided = object.head.find("decided");
  operation.decided = decided != object.head.end() && decided->is_boolean() && decided->get<bool>();
  ASSIGN_OR_RETURN(operation.generation, get_number_or_0(object.head, "generation"));
  const auto bases = object.head.find("old_bases");
  if (bases == object.head.end() || !bases->is_number_unsigned()) {
    return bad("damaged: no number 'old_bases'");
  }
  for (size_t i = 0; i < object.parts.size(); ++i) {
    if (i < bases->get<size_t>()) {
      ASSIGN_OR_RETURN(BaseIntent base, base_from_text(object.parts[i]));
      operation.old_bases.push_back(std::move(base));
    } else {
      ASSIGN_OR_RETURN(OldInternet internet, placed_internet_from_text(object.parts[i]));
      operation.old_internets.push_back(std::move(internet));
    }
  }
  return operation;
}

}  // namespace vinet::control
