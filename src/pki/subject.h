// Subject: who a certificate speaks for. Role and name are in it as the SAN URI `vinet:ROLE:NAME`.
#pragma once

#include <optional>
#include <string>

#include "support/result.h"

namespace vinet::pki {

enum class Role {
  kOperator,  ///< a person or program that may do all that root may do
  kMachine,   ///< a daemon
  kTenant,    ///< a person who has internets of their own, and sees no others
};

struct Subject {
  Role role = Role::kTenant;
  std::string name;
  friend bool operator==(const Subject&, const Subject&) = default;
};

std::string to_string(Role role);
std::optional<Role> parse_role(const std::string& text);

/// 1 to 64 letters, digits, `.`, `_`, `-`, no `.` first: never a path, an option or an escape.
Status check_name(const std::string& name);

/// `vinet:operator:ada`
std::string uri_of(const Subject& subject);
/// Nothing for what is no such URI, whole and right.
std::optional<Subject> parse_uri(const std::string& uri);
/// `operator ada`, for people.
std::string to_string(const Subject& subject);

}  // namespace vinet::pki
