#include "control/random_id.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <vector>

namespace vinet::control {

Result<std::string> random_hex(size_t bytes) {
  std::vector<unsigned char> random(bytes);
  if (getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
    return errno_error("make a random name", errno);
  }
  std::string text;
  for (const unsigned char byte : random) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace vinet::control
