// The Machine of this computer, in this process.
#pragma once

#include <memory>
#include <string>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// `kernel` must outlive it and have the same `root`: files are below <root>/run/vinet, namespaces
/// at <root>/run/netns. One caller at a time; callers in several processes must exclude each other.
std::unique_ptr<Machine> make_local(kernel::Kernel& kernel, const std::string& root);

}  // namespace vinet::machine
