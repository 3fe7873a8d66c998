// Bandwidth: how fast a link is, from the ways in which people write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vinet::exchange {

/// Bits per second of `10 Gbps`, `155 Mb/s`, `2.5G`, `34mbit`, `OC-192`, `STM-16`, `T1`, `E3`; the
/// text holds nothing else. Nothing of anything else, of ranges (`10-34 Mb/s`), of numbers without
/// a unit and of 0.
std::optional<uint64_t> bandwidth_from(std::string_view text);

/// A plain number of bits per second: `10000000000.0`, `1e10`.
std::optional<uint64_t> bits_per_second(std::string_view text);

}  // namespace vinet::exchange
