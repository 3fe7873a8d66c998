// Directory: which machine of a fleet a namespace lies on, and where its daemon is reached.
#pragma once

#include <map>
#include <string>

#include "plan/plan.h"

namespace vinet::fleet {

struct Place {
  std::string machine;  ///< `fleet.x`
  std::string daemon;   ///< `192.0.2.10:7411`
  friend auto operator<=>(const Place&, const Place&) = default;
};

class Directory {
 public:
  Directory() = default;
  /// Of all fleets in `world`, and all that stands on them, in whatever layer.
  /// Cost: O(nodes · depth).
  explicit Directory(const plan::Plan& world);

  /// Of a machine (`fleet.x`) or a node (`line.A`); null where it is on no fleet.
  const Place* find(const std::string& space) const;
  /// By the machine's namespace.
  const std::map<std::string, Place>& machines() const { return machines_; }

 private:
  std::map<std::string, Place> machines_;
  std::map<std::string, std::string> nodes_;  // namespace -> machine
};

}  // namespace vinet::fleet
