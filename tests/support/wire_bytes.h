// Numbers in packets, in network order, and their checksums: what building and reading packets
// share.
#pragma once

#include "wire_packet.h"

namespace vinet::wire {

inline constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kFragment = 44, kIcmp6 = 58;

inline void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

inline void put32(Bytes& out, uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

inline void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

inline unsigned get16(const Bytes& data, size_t at) {
  return at + 1 < data.size() ? static_cast<unsigned>(data[at] << 8 | data[at + 1]) : 0;
}

inline void set16(Bytes& data, size_t at, unsigned value) {
  if (at + 1 >= data.size()) return;
  data[at] = static_cast<uint8_t>(value >> 8);
  data[at + 1] = static_cast<uint8_t>(value);
}

/// One's complement sum of a part, RFC 1071; 0xffff over data with a right checksum in it.
inline uint16_t sum(const Bytes& data, size_t from, size_t to, uint32_t start = 0) {
  uint32_t total = start;
  for (size_t i = from; i < to; i += 2)
    total += static_cast<uint32_t>(data[i] << 8 | (i + 1 < to ? data[i + 1] : 0));
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return static_cast<uint16_t>(total);
}

inline uint32_t pseudo_sum(const Bytes& source, const Bytes& destination, uint8_t protocol,
                           size_t size) {
  Bytes pseudo = source;
  append(pseudo, destination);
  put32(pseudo, static_cast<uint32_t>(size));
  append(pseudo, {0, 0, 0, protocol});
  return sum(pseudo, 0, pseudo.size());
}

}  // namespace vinet::wire
