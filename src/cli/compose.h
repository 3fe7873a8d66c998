// Compose: the parts of the program put together for one root.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/controller.h"
#include "machine/machine.h"

namespace vinet::cli {

/// This computer's machine, and the controller over it.
class World {
 public:
  virtual ~World() = default;
  virtual machine::Machine& machine() = 0;
  virtual control::Controller& controller() = 0;
  virtual const std::string& state_directory() const = 0;
};

/// What the controller says shall be there. What cannot be read or reached is a line of `damaged`.
control::State current_state(World& world, std::vector<std::string>& damaged);

/// Opens nothing yet, needs no right.
std::unique_ptr<World> compose(const std::string& root);

}  // namespace vinet::cli
