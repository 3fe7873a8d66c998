// Order: what a controller says with every call that changes something on a machine of a fleet, so
// that the machine can tell a repeated call, an old one and a stranger's (DESIGN §8).
#pragma once

#include <cstdint>
#include <string>

namespace vinet::fleet {

struct Order {
  std::string store;     ///< id of the controller's store: whose intent it is
  std::string instance;  ///< of the daemon that speaks: chosen at random when it begins to control
  /// Grows whenever an instance takes the store over. A machine obeys the highest that it has seen,
  /// and within it only the instance that it saw first.
  uint64_t term = 0;
  uint64_t generation = 0;  ///< of the intent, in all the store; grows with every change
  std::string operation;    ///< id of the command; a call that repeats it gets the same answer
  friend bool operator==(const Order&, const Order&) = default;
};

}  // namespace vinet::fleet
