// Refuse: what a machine of a fleet cannot do is said in prepare, before anything is changed.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "member/demand.h"
#include "member/options.h"
#include "member/records.h"
#include "plan/inventory.h"

namespace vinet::member {

/// What somebody wants of this machine.
struct Wish {
  std::string store;
  std::vector<RecordPtr> puts;
  std::vector<std::string> removes;

  /// Of all that it puts or removes.
  std::vector<std::string> owners() const;
  bool touches(const std::string& owner) const;
};

/// What is there already.
struct Present {
  const Records& held;
  const std::vector<const Wish*>& reserved;  ///< by other operations
  std::set<std::string> local;               ///< of this computer's own controller, on labs
  /// Owners of all that carries our mark.
  std::function<Result<std::set<std::string>>()> marked;
  plan::Features features;
};

/// Are these holdings well formed, whoever sends them? Errors: invalid_argument.
Status check_form(const std::vector<fleet::Holding>& puts);

/// What no controller may have: names and addresses of others, bases that are not here, removal of
/// what something stands on. Errors: already_exists, failed_precondition, unimplemented.
Status refuse_taken(const Wish& wish, const Present& present, const Surroundings& surroundings);

/// What is too much: limits of the owner, memory, namespaces, maps. Errors: resource_exhausted.
Status refuse_too_much(const Wish& wish, const Present& present, const Options& options,
                       const Surroundings& surroundings);

}  // namespace vinet::member
