// Frames for tests of captures, made of their headers.
#pragma once

#include <string>
#include <string_view>

#include "capture/headers.h"

namespace vinet::capture::testing {

inline void put16(uint16_t value, std::string& out) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}
inline void put32(uint32_t value, std::string& out) {
  put16(static_cast<uint16_t>(value >> 16), out);
  put16(static_cast<uint16_t>(value & 0xffff), out);
}

struct Ip {
  Header header;
  uint8_t protocol = 4;
  uint16_t identification = 0;
  uint16_t flags_and_offset = 0;
  size_t options = 0;  ///< bytes, a multiple of four
};

inline std::string packet(const Ip& ip, std::string_view inside) {
  std::string out;
  out += static_cast<char>(0x45 + ip.options / 4);
  out += '\0';
  put16(static_cast<uint16_t>(20 + ip.options + inside.size()), out);
  put16(ip.identification, out);
  put16(ip.flags_and_offset, out);
  out += '\x40';
  out += static_cast<char>(ip.protocol);
  put16(0, out);
  put32(ip.header.source.bits, out);
  put32(ip.header.destination.bits, out);
  out.append(ip.options, '\1');
  out += inside;
  return out;
}

inline std::string ethernet(std::string_view packet, uint16_t type = 0x0800) {
  std::string out(12, '\2');
  put16(type, out);
  out += packet;
  return out;
}

/// A frame with these headers around a bit of UDP.
inline std::string frame(const Headers& headers) {
  std::string inside = "udp";
  for (size_t i = headers.size(); i-- > 0;) {
    Ip ip;
    ip.header = headers[i];
    ip.protocol = i + 1 == headers.size() ? 17 : 4;
    inside = packet(ip, inside);
  }
  return ethernet(inside);
}

/// An ICMP error that quotes an IPv4 packet.
inline std::string icmp_error(const Header& header, uint8_t type, std::string_view quoted) {
  std::string icmp(8, '\0');
  icmp[0] = static_cast<char>(type);
  icmp += quoted;
  Ip ip;
  ip.header = header;
  ip.protocol = 1;
  return ethernet(packet(ip, icmp));
}

}  // namespace vinet::capture::testing
