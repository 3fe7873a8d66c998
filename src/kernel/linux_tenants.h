// Tenants: whose nodes lie in a user namespace of their own, so that root in them is root over
// their network and nobody else (user_namespaces(7); faults.md F-125).
//
//   <root>/run/vinet/tenants/NAME/user    the user namespace, bound
//                                 first   its root's number outside, 1,000,000,000 or more: 65,536
//                                         from there on are its own
#pragma once

#include <cstdint>
#include <string>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::kernel {

/// A new network namespace that belongs to the tenant's user namespace, which is made if it is not
/// there.
Result<Fd> make_namespace_of(const std::string& tenants_directory, const std::string& tenant);

/// Lets go of all user namespaces. What still runs in them keeps them.
void forget_tenants(const std::string& tenants_directory);

/// The user namespace that a network namespace belongs to.
struct Tenancy {
  Fd user;             ///< none where it is the one in which this process is
  uint32_t first = 0;  ///< its root's number outside; 0: unknown
};
Result<Tenancy> find_tenancy(const std::string& tenants_directory, int netns);

/// Gives `directory` (may be empty) to the tenant's root, and makes this process, which has one
/// thread, that root. Whatever needs more rights must be done before. Nothing happens where the
/// tenancy has no user namespace.
Status become_tenant(const Tenancy& tenancy, const std::string& directory);

}  // namespace vinet::kernel
