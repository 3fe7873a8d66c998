#include "machine/canary_packet.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "machine/wire.h"

namespace vinet::machine {
namespace {

constexpr size_t kIpv4Bytes = 20, kIpv6Bytes = 40, kIcmpBytes = 8;
constexpr size_t kFillingBytes = 40;  // so that no Ethernet frame needs padding
constexpr uint8_t kHopLimit = 64;
constexpr uint8_t kEchoReply4 = 0, kEchoReply6 = 129;

Bytes icmp(uint8_t type, uint64_t nonce, uint32_t number) {
  Bytes bytes(kIcmpBytes + kFillingBytes + kTrailerBytes, 0);
  bytes[0] = type;
  uint8_t* trailer = bytes.data() + bytes.size() - kTrailerBytes;
  std::memcpy(trailer, &nonce, sizeof nonce);
  put32(trailer + 8, number);
  put32(trailer + 12, ~number);
  return bytes;
}

Bytes ipv4_header(net::Ipv4 source, net::Ipv4 destination, uint8_t protocol, size_t payload) {
  Bytes header(kIpv4Bytes, 0);
  header[0] = 0x45;
  put16(&header[2], static_cast<uint16_t>(kIpv4Bytes + payload));
  header[8] = kHopLimit;
  header[9] = protocol;
  put32(&header[12], source.bits);
  put32(&header[16], destination.bits);
  put16(&header[10], checksum_of(sum_of(header)));
  return header;
}

Bytes joined(Bytes head, const Bytes& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

}  // namespace

Bytes canary_packet(const net::IpAddress& source, const net::IpAddress& destination, uint64_t nonce,
                    uint32_t number) {
  if (!net::is_ipv6(source)) {
    Bytes message = icmp(kEchoReply4, nonce, number);
    put16(&message[2], checksum_of(sum_of(message)));
    return joined(ipv4_header(std::get<net::Ipv4>(source), std::get<net::Ipv4>(destination),
                              IPPROTO_ICMP, message.size()),
                  message);
  }
  Bytes message = icmp(kEchoReply6, nonce, number);
  const auto& from = std::get<net::Ipv6>(source).bytes;
  const auto& to = std::get<net::Ipv6>(destination).bytes;
  Bytes header(kIpv6Bytes, 0);
  header[0] = 0x60;
  put16(&header[4], static_cast<uint16_t>(message.size()));
  header[6] = IPPROTO_ICMPV6;
  header[7] = kHopLimit;
  std::copy(from.begin(), from.end(), header.begin() + 8);
  std::copy(to.begin(), to.end(), header.begin() + 24);
  uint32_t sum = sum_of(from, sum_of(to));  // RFC 8200 §8.1: the pseudo-header
  sum += static_cast<uint32_t>(message.size()) + IPPROTO_ICMPV6;
  put16(&message[2], checksum_of(sum_of(message, sum)));
  return joined(std::move(header), message);
}

Bytes within(const Bytes& packet, net::Ipv4 source, net::Ipv4 destination) {
  const bool ipv6 = !packet.empty() && packet[0] >> 4 == 6;
  return joined(ipv4_header(source, destination, ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP, packet.size()),
                packet);
}

std::optional<uint32_t> canary_number(std::span<const uint8_t> packet, uint64_t nonce) {
  if (packet.size() < kTrailerBytes) return std::nullopt;
  const uint8_t* trailer = packet.data() + packet.size() - kTrailerBytes;
  if (std::memcmp(trailer, &nonce, sizeof nonce) != 0) return std::nullopt;
  const uint32_t number = get32(trailer + 8);
  if (get32(trailer + 12) != ~number) return std::nullopt;
  return number;
}

bool is_canary_itself(std::span<const uint8_t> packet) {
  constexpr size_t kIpv6Bytes = 40;
  if (packet.size() > kIpv6Bytes && packet[0] >> 4 == 6) {
    return packet[6] == IPPROTO_ICMPV6 && packet[kIpv6Bytes] == kEchoReply6;
  }
  if (packet.size() < kIpv4Bytes || packet[0] >> 4 != 4) return false;
  const size_t header = size_t{packet[0] & 15U} * 4;
  return packet[9] == IPPROTO_ICMP && packet.size() > header && packet[header] == kEchoReply4;
}

}  // namespace vinet::machine
