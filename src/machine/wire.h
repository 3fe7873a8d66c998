// wire: numbers in network byte order, and the Internet checksum (RFC 1071), for packets that are
// made or read here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vinet::machine {

inline void put16(uint8_t* at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}
inline void put32(uint8_t* at, uint32_t value) {
  put16(at, static_cast<uint16_t>(value >> 16));
  put16(at + 2, static_cast<uint16_t>(value));
}
inline uint16_t get16(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] << 8 | at[1]);
}
inline uint32_t get32(const uint8_t* at) {
  return uint32_t{get16(at)} << 16 | get16(at + 2);
}

/// The sum of 16-bit words, the last one filled up with zero; `sum` is that of what is summed with
/// them (a pseudo-header). Exact up to 128 KiB.
inline uint32_t sum_of(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  for (size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? uint32_t{bytes[i]} << 8 : bytes[i];
  return sum;
}
/// What the checksum field says where the rest sums up to that.
inline uint16_t checksum_of(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace vinet::machine
