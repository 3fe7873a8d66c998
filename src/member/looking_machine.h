// LookingMachine: a Machine for looks only, which any thread may call: each call opens its own.
#pragma once

#include <memory>

#include "machine/machine.h"
#include "member/options.h"

namespace vinet::member {

std::unique_ptr<machine::Machine> make_looking_machine(OpenMachine open);

}  // namespace vinet::member
