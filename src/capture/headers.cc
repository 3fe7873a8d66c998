#include "capture/headers.h"

namespace vinet::capture {
namespace {

constexpr size_t kEthernetBytes = 14;
constexpr size_t kHeaderBytes = 20;
constexpr size_t kIcmpBytes = 8;
constexpr uint8_t kIcmp = 1, kIpInIp = 4;

uint8_t byte_at(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}
uint16_t get16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}
uint32_t get32(std::string_view bytes, size_t at) {
  return uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2);
}

bool is_header(std::string_view packet) {
  return packet.size() >= kHeaderBytes && byte_at(packet, 0) >> 4 == 4 &&
         (byte_at(packet, 0) & 15) >= 5;
}
/// What is behind the packet's header and its options.
std::string_view inside(std::string_view packet) {
  const size_t header = size_t{byte_at(packet, 0) & 15u} * 4;
  return header > packet.size() ? std::string_view() : packet.substr(header);
}
uint8_t protocol_of(std::string_view packet) {
  return byte_at(packet, 9);
}

/// Destination unreachable, source quench, redirect, time exceeded, parameter problem (RFC 792).
bool is_error(std::string_view icmp) {
  if (icmp.size() < kIcmpBytes) return false;
  const uint8_t type = byte_at(icmp, 0);
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

}  // namespace

Headers reversed(const Headers& headers) {
  Headers back;
  for (const Header& header : headers) back.push_back({header.destination, header.source});
  return back;
}

void read_headers(std::string_view frame, size_t most, Reading& reading) {
  reading.headers.clear();
  reading.quoted = reading.more_fragments = reading.later_fragment = false;
  reading.protocol = 0;
  constexpr uint16_t kIpv4 = 0x0800;
  if (frame.size() < kEthernetBytes || get16(frame, 12) != kIpv4) return;
  std::string_view packet = frame.substr(kEthernetBytes);
  if (is_header(packet) && protocol_of(packet) == kIcmp && is_error(inside(packet))) {
    reading.quoted = true;
    packet = inside(packet).substr(kIcmpBytes);
  }
  while (reading.headers.size() < most && is_header(packet)) {
    if (reading.headers.empty()) {
      reading.identification = get16(packet, 4);
      reading.protocol = protocol_of(packet);
      reading.more_fragments = (get16(packet, 6) & 0x2000) != 0;
      reading.later_fragment = (get16(packet, 6) & 0x1fff) != 0;
    }
    reading.headers.push_back({{get32(packet, 12)}, {get32(packet, 16)}});
    if (protocol_of(packet) != kIpInIp || reading.later_fragment) return;
    packet = inside(packet);
  }
}

}  // namespace vinet::capture
