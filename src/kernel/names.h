// Which names the kernel takes: for devices and, as files, for namespaces. Both twins ask here, so
// that a name is refused before anything is made.
#pragma once

#include <string>

#include "support/result.h"

namespace vinet::kernel {

/// At most 15 bytes, not "." or "..", no '/', ':' or space; '%' too, which the kernel would expand.
Status check_device_name(const std::string& name);

/// A file name: not empty, not "." or "..", no '/', no control characters, at most 255 bytes.
Status check_namespace_name(const std::string& name);

/// At most 255 bytes.
Status check_alias(const std::string& alias);

}  // namespace vinet::kernel
