// Names that the kernel takes (dev_valid_name in net/core/dev.c; file names).
#include "kernel/names.h"

#include <linux/if.h>
#include <linux/limits.h>

#include <algorithm>
#include <cctype>

namespace vinet::kernel {
namespace {

bool is_dots(const std::string& name) {
  return name == "." || name == "..";
}

Error refused(const char* what, const std::string& name, const std::string& reason) {
  return Error{Errc::kInvalidArgument, std::string(what) + " '" + name + "': " + reason};
}

}  // namespace

Status check_device_name(const std::string& name) {
  if (name.empty() || is_dots(name)) return refused("device name", name, "no name");
  if (name.size() >= IFNAMSIZ) {
    return refused("device name", name, "longer than " + std::to_string(IFNAMSIZ - 1) + " bytes");
  }
  const bool bad = std::any_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '/' || c == ':' || c == '%' || c == '\0' || std::isspace(c) != 0;
  });
  if (bad) return refused("device name", name, "'/', ':', '%' and spaces are not allowed");
  return ok();
}

Status check_namespace_name(const std::string& name) {
  if (name.empty() || is_dots(name)) return refused("namespace name", name, "no name");
  if (name.size() > NAME_MAX) return refused("namespace name", name, "longer than 255 bytes");
  const bool bad = std::any_of(name.begin(), name.end(),
                               [](unsigned char c) { return c == '/' || std::iscntrl(c) != 0; });
  if (bad) return refused("namespace name", name, "'/' and control characters are not allowed");
  return ok();
}

Status check_alias(const std::string& alias) {
  if (alias.size() >= IFALIASZ) return refused("alias", alias, "longer than 255 bytes");
  return ok();
}

}  // namespace vinet::kernel
