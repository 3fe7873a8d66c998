#include "pki/subject.h"

#include <algorithm>

namespace vinet::pki {
namespace {

constexpr size_t kLongestName = 64;
constexpr char kScheme[] = "vinet:";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::string to_string(Role role) {
  switch (role) {
    case Role::kOperator:
      return "operator";
    case Role::kMachine:
      return "machine";
    case Role::kTenant:
      return "tenant";
  }
  return "tenant";
}

std::optional<Role> parse_role(const std::string& text) {
  for (const Role role : {Role::kOperator, Role::kMachine, Role::kTenant}) {
    if (text == to_string(role)) return role;
  }
  return std::nullopt;
}

Status check_name(const std::string& name) {
  const bool fits = !name.empty() && name.size() <= kLongestName && name[0] != '.' &&
                    name[0] != '-' && std::all_of(name.begin(), name.end(), is_plain);
  if (fits) return ok();
  return Error{Errc::kInvalidArgument,
               "a name for a certificate has 1 to 64 letters, digits, '.', '_' or '-', and begins "
               "with none of '.' and '-'"};
}

std::string uri_of(const Subject& subject) {
  return kScheme + to_string(subject.role) + ":" + subject.name;
}

std::optional<Subject> parse_uri(const std::string& uri) {
  if (uri.rfind(kScheme, 0) != 0) return std::nullopt;
  const std::string rest = uri.substr(sizeof kScheme - 1);
  const size_t colon = rest.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::optional<Role> role = parse_role(rest.substr(0, colon));
  Subject subject{role.value_or(Role::kTenant), rest.substr(colon + 1)};
  if (!role || !check_name(subject.name)) return std::nullopt;
  return subject;
}

std::string to_string(const Subject& subject) {
  return to_string(subject.role) + " " + subject.name;
}

}  // namespace vinet::pki
