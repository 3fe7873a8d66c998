// Compose: the parts of the program put together for one root.
#pragma once

#include <memory>
#include <string>

#include "control/controller.h"
#include "control/store.h"
#include "machine/machine.h"

namespace vinet::cli {

/// This computer's machine, and the controller over it.
class World {
 public:
  virtual ~World() = default;
  virtual machine::Machine& machine() = 0;
  virtual control::Store& store() = 0;
  virtual control::Controller& controller() = 0;
};

/// Opens nothing yet, needs no right.
std::unique_ptr<World> compose(const std::string& root);

}  // namespace vinet::cli
