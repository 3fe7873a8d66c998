// Rights: which role may call which method. One table; what is not in it, nobody may.
#pragma once

#include <string>
#include <vector>

namespace vinet::rpc {

/// Who calls.
struct Caller {
  enum class Kind {
    kLocal,     ///< over the unix socket: root, or the group that was named
    kOperator,  ///< over TLS, here and below; by the certificate (pki/subject.h)
    kMachine,
    kTenant,
  };
  Kind kind = Kind::kLocal;
  std::string name;  ///< of the certificate; empty for kLocal
  friend bool operator==(const Caller&, const Caller&) = default;
  friend auto operator<=>(const Caller&, const Caller&) = default;
};
/// `operator ada`; `local`.
std::string to_string(const Caller& caller);

struct Rule {
  const char* method;  ///< `Controller.Up`, of proto/vinet/v1
  /// Letters of the roles that may: o, m, t. The unix socket may everything.
  const char* roles;
};
const std::vector<Rule>& rules();

bool may_call(const Caller& caller, const std::string& method);

/// The methods of a service, `vinet.v1.Controller`, that this caller may not call, by their numbers
/// in its .proto. A service marks them as generic in its constructor; then its server has no such
/// methods, and Refuser (refuser.h) answers.
std::vector<int> refused_methods(const std::string& service, const Caller& caller);

}  // namespace vinet::rpc
