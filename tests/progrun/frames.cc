// Builders of frames; see frames.h.
#include "frames.h"

#include <cstring>

namespace vinet::progrun {
namespace {

void fill(Bytes& packet, size_t from) {
  for (size_t i = from; i < packet.size(); ++i) packet[i] = static_cast<uint8_t>(i * 7 + 1);
}

Bytes icmp(uint64_t nonce, uint8_t type) {
  Bytes message(24, 0x5a);
  message[0] = type;
  message[1] = message[2] = message[3] = 0;
  std::memcpy(&message[8], &nonce, sizeof(nonce));
  return message;
}

}  // namespace

Bytes ipv4(size_t bytes, uint8_t tos, uint8_t protocol) {
  Bytes p(bytes);
  fill(p, 20);
  p[0] = 0x45;
  p[1] = tos;
  model::put16(p, 2, static_cast<uint16_t>(bytes));
  p[8] = 61;
  p[9] = protocol;
  model::put32(p, 12, address(10, 0, 0, 1));
  model::put32(p, 16, address(10, 0, 0, 17));
  model::put16(p, 10, model::checksum(p, 0, 20));
  return p;
}

Bytes ipv6(size_t bytes, uint8_t traffic_class, uint8_t next_header) {
  Bytes p(bytes);
  fill(p, 40);
  p[0] = static_cast<uint8_t>(0x60 | traffic_class >> 4);
  p[1] = static_cast<uint8_t>(traffic_class << 4 | 0x3);  // a flow label too
  p[2] = 0x21;
  model::put16(p, 4, static_cast<uint16_t>(bytes - 40));
  p[6] = next_header;
  p[7] = 61;
  p[8] = p[24] = 0xfd;
  p[23] = 1;
  p[39] = 2;
  return p;
}

Bytes echo4(uint64_t nonce, uint8_t type) {
  const Bytes message = icmp(nonce, type);
  Bytes p = ipv4(20 + message.size(), 0, 1);
  std::copy(message.begin(), message.end(), p.begin() + 20);
  model::put16(p, 22, model::checksum(p, 20, message.size()));
  return p;
}

Bytes echo6(uint64_t nonce, uint8_t type) {
  const Bytes message = icmp(nonce, type);
  Bytes p = ipv6(40 + message.size(), 0, 58);
  std::copy(message.begin(), message.end(), p.begin() + 40);
  return p;
}

Bytes ethernet(const Mac& to, const Mac& from, uint16_t ethertype, const Bytes& packet) {
  Bytes frame(to.begin(), to.end());
  frame.insert(frame.end(), from.begin(), from.end());
  frame.push_back(static_cast<uint8_t>(ethertype >> 8));
  frame.push_back(static_cast<uint8_t>(ethertype));
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

Bytes packet_of(const Bytes& frame) {
  return {frame.begin() + 14, frame.end()};
}
uint16_t ethertype_of(const Bytes& frame) {
  return model::get16(frame, 12);
}
uint16_t ethertype_of_packet(const Bytes& packet) {
  return packet[0] >> 4 == 6 ? kIpv6 : kIpv4;
}

model::Link link_to(uint32_t base_dst, uint32_t mtu_bytes) {
  return {{{kBaseAddress, base_dst}, {kLinkHere, kLinkThere}}, mtu_bytes, true};
}

model::Link local_link() {
  model::Link link{{}, 1460, true};
  link.local = model::Key{kBaseAddress, kBaseAddress, kLinkHere, kLinkThere};
  return link;
}

Bytes from_there(const Bytes& inner, uint32_t base_src) {
  const model::Link link = {{{base_src, kBaseAddress}, {kLinkThere, kLinkHere}}, 65'000, true};
  return std::get<model::Sent>(model::encapsulate(link, ethertype_of_packet(inner), inner)).packet;
}

model::Key key_from_there(uint32_t base_src) {
  return {base_src, kBaseAddress, kLinkThere, kLinkHere};
}

void mend_checksums(Bytes& packet) {
  for (const size_t at : {size_t{0}, size_t{20}}) {
    if (packet.size() < at + 20) return;
    model::put16(packet, at + 10, 0);
    model::put16(packet, at + 10, model::checksum(packet, at, 20));
  }
}

}  // namespace vinet::progrun
