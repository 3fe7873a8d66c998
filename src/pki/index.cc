#include "pki/index.h"

#include <nlohmann/json.hpp>

namespace vinet::pki {

using nlohmann::json;

std::string to_json(const Index& index) {
  json all = {{"list_number", index.list_number}, {"issued", json::array()}};
  for (const Issued& one : index.issued) {
    json entry = {
        {"serial", one.serial}, {"name", one.subject.name}, {"role", to_string(one.subject.role)},
        {"from", one.from},     {"until", one.until},       {"addresses", one.addresses}};
    if (one.revoked) entry["revoked"] = *one.revoked;
    all["issued"].push_back(entry);
  }
  return all.dump(2) + "\n";
}

namespace {

/// Nothing for what lacks a field or has one of another kind.
std::optional<Issued> read_entry(const json& entry) {
  if (!entry.is_object()) return std::nullopt;
  const auto text = [&entry](const char* key) -> std::string {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const auto number = [&entry](const char* key) -> std::optional<int64_t> {
    const auto found = entry.find(key);
    if (found == entry.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<int64_t>();
  };
  const std::optional<Role> role = parse_role(text("role"));
  const auto from = number("from"), until = number("until");
  Issued one{text("serial"),    {role.value_or(Role::kTenant), text("name")},
             from.value_or(0),  until.value_or(0),
             number("revoked"), {}};
  const bool is_hex =
      !one.serial.empty() && one.serial.find_first_not_of("0123456789ABCDEF") == std::string::npos;
  if (!role || !from || !until || !is_hex || !check_name(one.subject.name)) return std::nullopt;
  if (const auto found = entry.find("addresses"); found != entry.end() && found->is_array()) {
    for (const json& address : *found) {
      if (!address.is_string()) return std::nullopt;
      one.addresses.push_back(address.get<std::string>());
    }
  }
  return one;
}

}  // namespace

Result<Index> index_from_json(const std::string& text, const std::string& path) {
  const Error damaged{Errc::kFailedPrecondition, "read " + path + ": it is damaged"};
  const json all = json::parse(text, nullptr, false);
  if (!all.is_object()) return damaged;
  const auto number = all.find("list_number"), issued = all.find("issued");
  if (number == all.end() || !number->is_number_unsigned() || issued == all.end() ||
      !issued->is_array()) {
    return damaged;
  }
  Index index{number->get<uint64_t>(), {}};
  for (const json& entry : *issued) {
    std::optional<Issued> one = read_entry(entry);
    if (!one) return damaged;
    index.issued.push_back(*std::move(one));
  }
  return index;
}

}  // namespace vinet::pki
