#include "net/mac.h"

#include <cstdio>

#include "support/hash.h"

namespace vinet::net {

Mac mac_from(std::string_view seed) {
  const uint64_t hash = stable_hash(seed);
  Mac mac;
  for (unsigned i = 0; i < mac.bytes.size(); ++i) {
    mac.bytes[i] = static_cast<uint8_t>(hash >> (8 * i));
  }
  mac.bytes[0] = static_cast<uint8_t>((mac.bytes[0] & ~3U) | 2U);  // local, unicast
  return mac;
}

std::string to_string(const Mac& mac) {
  const auto& b = mac.bytes;
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
                b[5]);
  return text;
}

std::optional<Mac> parse_mac(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  Mac mac;
  for (size_t i = 0; i < 6; ++i) {
    unsigned value = 0;
    for (size_t k = 0; k < 2; ++k) {
      const char c = text[3 * i + k];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<unsigned>(digit);
    }
    if (i < 5 && text[3 * i + 2] != ':') return std::nullopt;
    mac.bytes[i] = static_cast<uint8_t>(value);
  }
  return mac;
}

}  // namespace vinet::net
