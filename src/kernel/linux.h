// The real kernel.
#pragma once

#include <memory>
#include <string>

#include "kernel/kernel.h"

namespace vinet::kernel {

/// Opens the doors to the Linux kernel. `root` is the directory under which all names lie ("/" by
/// default): namespaces at <root>/run/netns. Opens nothing yet; the first call to a door may fail
/// with permission_denied.
std::unique_ptr<Kernel> open_linux(const std::string& root);

}  // namespace vinet::kernel
