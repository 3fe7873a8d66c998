// The plain model of the link layer; see model.h. What links on nodes do is written as
// layer-by-layer deployment does it: all headers are put on, and each node takes off what is for
// it.
#include "support/model.h"

namespace vinet::model {
namespace {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr size_t kHeaderBytes = 20;
constexpr int kDrop = -1;

// RFC 6040 §4.2, Figure 4: row = inner, column = outer; 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE.
constexpr int kEcn[4][4] = {
    {0, 0, 0, kDrop},
    {1, 1, 1, 3},
    {2, 1, 2, 3},
    {3, 3, 3, 3},
};

size_t smallest(uint16_t ethertype) {
  return ethertype == kIpv6 ? 40 : 20;
}
uint8_t version_of(uint16_t ethertype) {
  return ethertype == kIpv6 ? 6 : 4;
}

uint8_t tos_of(const Bytes& packet) {
  if (packet[0] >> 4 == 6) return static_cast<uint8_t>(packet[0] << 4 | packet[1] >> 4);
  return packet[1];
}

// A plain header without fragment bits whose checksum is right.
bool is_plain(const Bytes& packet, size_t at) {
  return packet[at] == 0x45 && checksum(packet, at, kHeaderBytes) == 0;
}

void set_ecn(Bytes& packet, uint8_t ecn) {
  if (packet[0] >> 4 == 6) {
    packet[1] = static_cast<uint8_t>((packet[1] & 0xcf) | ecn << 4);
    return;
  }
  // RFC 1624: HC' = ~(~HC + ~m + m'), so that a checksum that was wrong stays wrong.
  const uint16_t before = get16(packet, 0);
  packet[1] = static_cast<uint8_t>((packet[1] & 0xfc) | ecn);
  uint32_t sum = static_cast<uint16_t>(~get16(packet, 10));
  sum += static_cast<uint16_t>(~before);
  sum += get16(packet, 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  put16(packet, 10, static_cast<uint16_t>(~sum));
}

// ICMP between the two ends of a link (RFC 792): an echo comes back with its addresses swapped.
Fate take_icmp(const Machine& machine, const Bytes& packet, size_t total, uint32_t owner) {
  const auto end = machine.ends.find(
      {get32(packet, 12), get32(packet, 16), get32(packet, 32), get32(packet, 36)});
  if (end == machine.ends.end()) return Dropped{VI_DROP_UNKNOWN_KEY, owner};
  constexpr size_t kIcmp = 2 * kHeaderBytes;
  const bool whole = total >= kIcmp + 16;  // type, code, checksum, identifier, sequence, a nonce
  if (!whole || packet[kIcmp + 1] != 0) return Dropped{VI_DROP_MALFORMED, end->second};
  if (packet[kIcmp] == 0) return Heard{};
  if (packet[kIcmp] != 8) return Dropped{VI_DROP_MALFORMED, end->second};

  Bytes answer(packet.begin(), packet.begin() + static_cast<long>(total));
  for (const size_t at : {size_t{0}, kHeaderBytes}) {
    put32(answer, at + 12, get32(packet, at + 16));
    put32(answer, at + 16, get32(packet, at + 12));
    answer[at + 8] = 64;
    put16(answer, at + 10, 0);
    put16(answer, at + 10, checksum(answer, at, kHeaderBytes));
  }
  answer[kIcmp] = 0;
  uint32_t sum = static_cast<uint16_t>(~get16(packet, kIcmp + 2));  // RFC 1624: a wrong one stays
  sum += static_cast<uint16_t>(~get16(packet, kIcmp));
  sum += get16(answer, kIcmp);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  put16(answer, kIcmp + 2, static_cast<uint16_t>(~sum));
  return Answered{end->second, answer};
}

// A packet came to the node that `backside` leads to, in a link header with this ECN field (ecn)
// and this protocol. A link that stands on the node takes it further, or the node gets it.
Fate climb(const Machine& machine, uint64_t node, uint32_t backside, uint8_t protocol, int ecn,
           Bytes packet) {
  for (;;) {
    const uint16_t ethertype = protocol == 41 ? kIpv6 : kIpv4;
    if (packet.size() < smallest(ethertype)) return Dropped{VI_DROP_MALFORMED, backside};
    if (packet[0] >> 4 != version_of(ethertype)) return Dropped{VI_DROP_MALFORMED, backside};
    const bool tunnel = ethertype == kIpv4 && (packet[9] == 4 || packet[9] == 41);
    const auto end = tunnel ? machine.uppers.find({node, get32(packet, 12), get32(packet, 16)})
                            : machine.uppers.end();
    const auto own =
        tunnel ? machine.upper_own.find({node, get32(packet, 16)}) : machine.upper_own.end();
    if (end == machine.uppers.end() && own == machine.upper_own.end()) {
      if (ecn == kDrop) return Dropped{VI_DROP_ECN, backside};
      const int inner_ecn = kEcn[tos_of(packet) & 3][ecn];
      if (inner_ecn == kDrop) return Dropped{VI_DROP_ECN, backside};
      if (inner_ecn != (tos_of(packet) & 3)) set_ecn(packet, static_cast<uint8_t>(inner_ecn));
      return Delivered{backside, ethertype, packet};
    }
    backside = end != machine.uppers.end() ? end->second : own->second;
    if (!is_plain(packet, 0) || get16(packet, 2) != packet.size() % 65536 ||
        (get16(packet, 6) & 0x3fff) != 0)
      return Dropped{VI_DROP_MALFORMED, backside};
    if (end == machine.uppers.end()) return Dropped{VI_DROP_UNKNOWN_KEY, backside};
    if (ecn != kDrop) ecn = kEcn[packet[1] & 3][ecn];
    protocol = packet[9];
    node = machine.nodes.at(backside);
    packet.erase(packet.begin(), packet.begin() + kHeaderBytes);
  }
}

bool source_ok(const Machine& machine, const Link& link, uint32_t src) {
  if (src == 0) return true;
  if ((src & link.block.dst) != link.block.src && !link.sources.contains(src)) return false;
  return !machine.upper_own.contains({link.node, src});
}

}  // namespace

uint16_t get16(const Bytes& b, size_t at) {
  return static_cast<uint16_t>(b[at] << 8 | b[at + 1]);
}

uint32_t get32(const Bytes& b, size_t at) {
  return static_cast<uint32_t>(get16(b, at)) << 16 | get16(b, at + 2);
}

void put16(Bytes& b, size_t at, uint16_t value) {
  b[at] = static_cast<uint8_t>(value >> 8);
  b[at + 1] = static_cast<uint8_t>(value);
}

void put32(Bytes& b, size_t at, uint32_t value) {
  put16(b, at, static_cast<uint16_t>(value >> 16));
  put16(b, at + 2, static_cast<uint16_t>(value));
}

uint16_t checksum(const Bytes& b, size_t at, size_t bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes; i += 2) {
    sum += get16(b, at + i);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(~sum);
}

std::variant<Sent, Dropped> encapsulate(const Link& link, uint16_t ethertype, const Bytes& inner) {
  if (ethertype != kIpv4 && ethertype != kIpv6) return Dropped{VI_DROP_NOT_IP};
  if (ethertype == kIpv6 && !link.ipv6) return Dropped{VI_DROP_NOT_IP};
  if (inner.size() < smallest(ethertype)) return Dropped{VI_DROP_MALFORMED};
  if (inner[0] >> 4 != version_of(ethertype)) return Dropped{VI_DROP_MALFORMED};
  if (inner.size() > link.mtu_bytes) return Dropped{VI_DROP_TOO_BIG};

  Bytes packet = inner;
  uint8_t protocol = ethertype == kIpv6 ? 41 : 4;
  for (auto header = link.stack.rbegin(); header != link.stack.rend(); ++header) {
    Bytes h(kHeaderBytes, 0);
    h[0] = 0x45;
    h[1] = tos_of(inner);
    put16(h, 2, static_cast<uint16_t>(kHeaderBytes + packet.size()));
    h[6] = 0x40;  // do not fragment
    h[8] = 64;
    h[9] = protocol;
    put32(h, 12, header->src);
    put32(h, 16, header->dst);
    put16(h, 10, checksum(h, 0, kHeaderBytes));
    packet.insert(packet.begin(), h.begin(), h.end());
    protocol = 4;
  }
  return Sent{packet};
}

std::variant<Sent, Dropped, Delivered> carry(const Machine& machine, const Link& link,
                                             uint16_t ethertype, const Bytes& inner) {
  const auto encapsulated = encapsulate(link, ethertype, inner);
  const auto* sent = std::get_if<Sent>(&encapsulated);
  const auto* dropped = std::get_if<Dropped>(&encapsulated);
  const bool is_packet = sent != nullptr || dropped->reason == VI_DROP_TOO_BIG;
  if (is_packet && link.check_source && ethertype == kIpv4 &&
      !source_ok(machine, link, get32(inner, 12)))
    return Dropped{VI_DROP_SOURCE};
  if (dropped != nullptr) return *dropped;
  if (link.no_route) return Dropped{VI_DROP_NO_ROUTE};
  if (std::holds_alternative<std::monostate>(link.local)) return *sent;

  uint32_t backside = 0;
  if (const Key* key = std::get_if<Key>(&link.local)) {
    const auto end = machine.ends.find(*key);
    if (end == machine.ends.end()) return Dropped{VI_DROP_UNKNOWN_KEY};
    backside = end->second;
  } else {
    const auto end = machine.uppers.find(std::get<Upper>(link.local));
    if (end == machine.uppers.end()) return Dropped{VI_DROP_UNKNOWN_KEY};
    backside = end->second;
  }
  // As if all headers above had been pushed, and the packet had come to the node.
  const uint8_t protocol = link.stack.empty() && ethertype == kIpv6 ? 41 : 4;
  const Fate fate = climb(machine, machine.nodes.at(backside), backside, protocol, 0, sent->packet);
  if (const auto* delivered = std::get_if<Delivered>(&fate)) return *delivered;
  return Dropped{std::get<Dropped>(fate).reason, std::get<Dropped>(fate).backside, true};
}

bool lost(uint64_t seed, uint64_t n, uint32_t loss_of_4g) {
  uint64_t z = seed;
  for (uint64_t i = 0; i <= n; ++i) z += 0x9e3779b97f4a7c15;  // splitmix64
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return z >> 32 < loss_of_4g;
}

Fate decapsulate(const Machine& machine, const Bytes& packet) {
  if (packet.size() < kHeaderBytes) return Passed{};
  if (machine.node != 0) {
    const auto first = machine.upper_own.find({machine.node, get32(packet, 16)});
    if ((packet[9] != 4 && packet[9] != 41) || first == machine.upper_own.end()) return Passed{};
    return climb(machine, machine.node, first->second, 4, 0, packet);
  }
  if (packet[9] != 4 || get32(packet, 16) != machine.base_address) return Passed{};

  // Whose is it? Only a whole next header, found behind the options, can tell.
  const size_t link_at = 4 * static_cast<size_t>(packet[0] & 15);
  if (link_at < kHeaderBytes || (get16(packet, 6) & 0x1fff) != 0) return Passed{true};
  if (packet.size() < link_at + kHeaderBytes) return Passed{true};
  const auto own = machine.own.find(get32(packet, link_at + 16));
  if (own == machine.own.end()) return Passed{true};
  const uint32_t owner = own->second;
  const auto drop = [owner](vi_reason reason) { return Dropped{reason, owner}; };

  // The base header.
  if (!is_plain(packet, 0)) return drop(VI_DROP_MALFORMED);
  const size_t total = get16(packet, 2);
  if (total > packet.size()) return drop(VI_DROP_MALFORMED);
  const auto end = machine.ends.find({get32(packet, 12), get32(packet, 16),
                                      get32(packet, link_at + 12), get32(packet, link_at + 16)});
  if ((get16(packet, 6) & 0x3fff) != 0) {  // a first one; without the rest it goes nowhere
    if (!is_plain(packet, link_at)) return drop(VI_DROP_MALFORMED);
    return drop(end == machine.ends.end() ? VI_DROP_UNKNOWN_KEY : VI_DROP_FRAGMENT);
  }

  // The link header.
  if (total < 2 * kHeaderBytes || !is_plain(packet, link_at)) return drop(VI_DROP_MALFORMED);
  if (get16(packet, link_at + 2) != total - kHeaderBytes) return drop(VI_DROP_MALFORMED);
  if ((get16(packet, link_at + 6) & 0x3fff) != 0) return drop(VI_DROP_MALFORMED);
  const uint8_t protocol = packet[link_at + 9];
  if (protocol == 1) return take_icmp(machine, packet, total, owner);
  if (protocol != 4 && protocol != 41) return drop(VI_DROP_MALFORMED);

  // What is inside; padding behind the base packet is not part of it.
  const uint16_t ethertype = protocol == 41 ? kIpv6 : kIpv4;
  Bytes inner(packet.begin() + 2 * kHeaderBytes, packet.begin() + static_cast<long>(total));
  if (inner.size() < smallest(ethertype)) return drop(VI_DROP_MALFORMED);
  if (inner[0] >> 4 != version_of(ethertype)) return drop(VI_DROP_MALFORMED);

  if (end == machine.ends.end()) return drop(VI_DROP_UNKNOWN_KEY);

  // Congestion marks move inward, header by header.
  const int ecn = kEcn[packet[link_at + 1] & 3][packet[1] & 3];
  const auto node = machine.nodes.find(end->second);
  return climb(machine, node == machine.nodes.end() ? 0 : node->second, end->second, protocol, ecn,
               inner);
}

}  // namespace vinet::model
