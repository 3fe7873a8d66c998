// Ethernet addresses as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vinet::net {

struct Mac {
  std::array<uint8_t, 6> bytes{};
  friend auto operator<=>(const Mac&, const Mac&) = default;
};

/// A locally administered unicast address (02:...) that depends on `seed` alone: the same seed, the
/// same address.
Mac mac_from(std::string_view seed);

std::string to_string(const Mac& mac);
std::optional<Mac> parse_mac(std::string_view text);

}  // namespace vinet::net
