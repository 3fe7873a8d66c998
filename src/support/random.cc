#include "support/random.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <random>
#include <vector>

namespace vinet {

Result<std::string> random_hex(size_t bytes) {
  std::vector<unsigned char> random(bytes);
  if (::getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
    return errno_error("make a random name", errno);
  }
  std::string text;
  for (const unsigned char byte : random) text += fmt::format("{:02x}", byte);
  return text;
}

uint64_t random_nonce() {
  std::random_device device;
  for (;;) {
    const uint64_t nonce = uint64_t{device()} << 32 | device();
    if (nonce != 0) return nonce;
  }
}

}  // namespace vinet
