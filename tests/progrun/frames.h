// Frames for the programs: packets of each family inside, whole packets from the base, and the
// links they belong to.
#pragma once

#include "machine.h"

namespace vinet::progrun {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kArp = 0x0806;
constexpr uint16_t kVlan = 0x8100;

constexpr uint32_t kLinkHere = address(172, 31, 0, 1);
constexpr uint32_t kLinkThere = address(172, 31, 0, 2);
constexpr Mac kVlMac = {0x02, 0, 0, 0, 1, 1};
constexpr Mac kNeighbourMac = {0x02, 0, 0, 0, 1, 2};

/// An IPv4 packet of `bytes` bytes with a right checksum and a recognisable payload.
Bytes ipv4(size_t bytes, uint8_t tos = 0, uint8_t protocol = 17);
/// An IPv6 packet of `bytes` bytes in all.
Bytes ipv6(size_t bytes, uint8_t traffic_class = 0, uint8_t next_header = 17);
/// An ICMP (or ICMPv6) echo whose data starts with `nonce`, checksums included where there are any.
Bytes echo4(uint64_t nonce, uint8_t type);
Bytes echo6(uint64_t nonce, uint8_t type);

Bytes ethernet(const Mac& to, const Mac& from, uint16_t ethertype, const Bytes& packet);
/// The packet of a frame, and its EtherType.
Bytes packet_of(const Bytes& frame);
uint16_t ethertype_of(const Bytes& frame);
uint16_t ethertype_of_packet(const Bytes& packet);

/// A link from this machine to `base_dst`, two headers.
model::Link link_to(uint32_t base_dst, uint32_t mtu_bytes = 1460);
/// A link with both ends on this machine.
model::Link local_link();
/// `inner` as the other end of that link sends it to this machine.
Bytes from_there(const Bytes& inner, uint32_t base_src = kNear);
/// The key of such a packet.
model::Key key_from_there(uint32_t base_src = kNear);
/// The same with base and link header's checksum made right again, where there are 40 bytes.
void mend_checksums(Bytes& packet);

}  // namespace vinet::progrun
