// World: what one call of a verb works with.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/controller.h"
#include "machine/machine.h"

namespace vinet::control {

/// A machine and the controller over it, for one root. Used by one thread; many may be open at
/// once.
class World {
 public:
  virtual ~World() = default;
  virtual machine::Machine& machine() = 0;
  virtual Controller& controller() = 0;
  virtual const std::string& state_directory() const = 0;
};

using OpenWorld = std::function<std::unique_ptr<World>()>;

}  // namespace vinet::control
