// rawsend: frames as root in a node could forge them, straight onto a device of the namespace it
// runs in.
//
//   rawsend DEVICE DESTINATION_MAC COUNT echo SOURCE DESTINATION       ICMP or ICMPv6 echo request
//   rawsend DEVICE DESTINATION_MAC COUNT udp SOURCE DESTINATION PORT   UDP to a port
//   rawsend DEVICE DESTINATION_MAC COUNT ipip OUTER_SOURCE OUTER_DESTINATION LINK_SOURCE
//   LINK_DESTINATION
//                                             SOURCE DESTINATION       a packet of a link, IP in IP
//                                             in IP
//   rawsend DEVICE DESTINATION_MAC COUNT layers SOURCE DESTINATION ...   the same with as many
//   headers as
//                                             there are pairs; the last is the echo's
//   rawsend DEVICE DESTINATION_MAC COUNT parts OUTER_SOURCE OUTER_DESTINATION LINK_SOURCE
//   LINK_DESTINATION
//                                             SOURCE DESTINATION ORDER ID   the same with 1,000
//                                             bytes of data, in three fragments (0, 1, 2), of which
//                                             those in ORDER are sent: 012, 20, 0012
//   rawsend DEVICE DESTINATION_MAC COUNT arp SOURCE DESTINATION        who has DESTINATION?
//   rawsend DEVICE DESTINATION_MAC COUNT big SOURCE DESTINATION        an echo larger than a link's
//   MTU
// All addresses of one call are of one family (ipip, arp: IPv4).
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<uint8_t>;

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

/// One's complement sum, RFC 1071.
uint16_t checksum(const Bytes& data, uint32_t sum = 0) {
  for (size_t i = 0; i < data.size(); i += 2)
    sum += static_cast<uint32_t>(data[i] << 8 | (i + 1 < data.size() ? data[i + 1] : 0));
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

void patch16(Bytes& out, size_t at, uint16_t value) {
  out[at] = static_cast<uint8_t>(value >> 8);
  out[at + 1] = static_cast<uint8_t>(value);
}

Bytes parse_address(const std::string& text) {
  const bool v6 = text.find(':') != std::string::npos;
  Bytes bytes(v6 ? 16 : 4);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1) {
    std::fprintf(stderr, "%s: not an address\n", text.c_str());
    std::exit(2);
  }
  return bytes;
}

void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

/// An IP header, IPv4 or IPv6 as the addresses are, in front of `payload`.
Bytes ip(const Bytes& source, const Bytes& destination, uint8_t protocol, const Bytes& payload) {
  Bytes out;
  if (source.size() == 4) {
    out = {0x45, 0};
    put16(out, static_cast<unsigned>(20 + payload.size()));
    append(out, {0, 0, 0x40, 0, 64, protocol, 0, 0});
    append(out, source);
    append(out, destination);
    patch16(out, 10, checksum(out));
  } else {
    out = {0x60, 0, 0, 0};
    put16(out, static_cast<unsigned>(payload.size()));
    append(out, {protocol, 64});
    append(out, source);
    append(out, destination);
  }
  append(out, payload);
  return out;
}

Bytes echo(const Bytes& source, const Bytes& destination, size_t data_bytes = 32) {
  const bool v6 = source.size() == 16;
  Bytes icmp = {static_cast<uint8_t>(v6 ? 128 : 8), 0, 0, 0, 0x76, 0x69, 0, 1};
  append(icmp, Bytes(data_bytes, 0x5a));
  Bytes pseudo;
  if (v6) {
    append(pseudo, source);
    append(pseudo, destination);
    append(pseudo, {0, 0, 0, static_cast<uint8_t>(icmp.size()), 0, 0, 0, 58});
  }
  append(pseudo, icmp);
  patch16(icmp, 2, checksum(pseudo));
  return ip(source, destination, v6 ? 58 : 1, icmp);
}

Bytes udp(const Bytes& source, const Bytes& destination, unsigned port) {
  Bytes datagram;
  put16(datagram, 4242);
  put16(datagram, port);
  put16(datagram, 16);
  append(datagram, {0, 0, 'f', 'o', 'r', 'g', 'e', 'd', 0, 0});
  Bytes pseudo = source;
  append(pseudo, destination);
  append(pseudo, {0, 17, 0, 16});
  append(pseudo, datagram);
  patch16(datagram, 6, checksum(pseudo));
  return ip(source, destination, 17, datagram);
}

Bytes arp(const Bytes& own_mac, const Bytes& source, const Bytes& destination) {
  Bytes out = {0, 1, 8, 0, 6, 4, 0, 1};
  append(out, own_mac);
  append(out, source);
  append(out, Bytes(6, 0));
  append(out, destination);
  return out;
}

/// The fragments of an IPv4 packet that `order` names, with so many bytes of payload each.
std::vector<Bytes> fragments(const Bytes& packet, const std::string& order, unsigned id) {
  constexpr size_t kHeader = 20, kPayload = 400;
  std::vector<Bytes> out;
  for (const char which : order) {
    const size_t offset = kPayload * static_cast<size_t>(which - '0');
    const size_t from = kHeader + offset, to = std::min(packet.size(), from + kPayload);
    Bytes part(packet.begin(), packet.begin() + kHeader);
    part.insert(part.end(), packet.begin() + static_cast<long>(from),
                packet.begin() + static_cast<long>(to));
    patch16(part, 2, static_cast<uint16_t>(part.size()));
    patch16(part, 4, static_cast<uint16_t>(id));
    patch16(part, 6, static_cast<uint16_t>((to < packet.size() ? 0x2000 : 0) | offset / 8));
    patch16(part, 10, 0);
    patch16(part, 10, checksum(Bytes(part.begin(), part.begin() + kHeader)));
    out.push_back(part);
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() < 6) {
    std::fputs("usage: rawsend DEVICE MAC COUNT echo|udp|ipip|arp|big ...  (see rawsend.cc)\n",
               stderr);
    return 2;
  }
  const int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  std::array<unsigned, 6> mac{};
  if (std::sscanf(args[1].c_str(), "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
                  &mac[5]) != 6)
    die(args[1]);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(args[0].c_str()));
  to.sll_halen = 6;
  for (size_t i = 0; i < 6; ++i) to.sll_addr[i] = static_cast<uint8_t>(mac[i]);

  const std::string& kind = args[3];
  const Bytes a = parse_address(args[4]), b = parse_address(args[5]);
  Bytes packet;
  std::vector<Bytes> packets;
  if (kind == "echo") {
    packet = echo(a, b);
  } else if (kind == "udp" && args.size() == 7) {
    packet = udp(a, b, static_cast<unsigned>(std::stoul(args[6])));
  } else if (kind == "ipip" && args.size() == 10) {
    packet = ip(a, b, 4,
                ip(parse_address(args[6]), parse_address(args[7]), 4,
                   echo(parse_address(args[8]), parse_address(args[9]))));
  } else if (kind == "layers" && args.size() % 2 == 0) {
    packet = echo(parse_address(args[args.size() - 2]), parse_address(args.back()));
    for (size_t i = args.size() - 2; i > 4; i -= 2)
      packet = ip(parse_address(args[i - 2]), parse_address(args[i - 1]), 4, packet);
  } else if (kind == "parts" && args.size() == 12) {
    packet = ip(a, b, 4,
                ip(parse_address(args[6]), parse_address(args[7]), 4,
                   echo(parse_address(args[8]), parse_address(args[9]), 1000)));
    packets = fragments(packet, args[10], static_cast<unsigned>(std::stoul(args[11])));
  } else if (kind == "big") {
    packet = echo(a, b, 1700);
  } else if (kind == "arp") {
    packet = arp(Bytes(6, 2), a, b);
  } else {
    std::fprintf(stderr, "rawsend: %s: unknown kind, or arguments missing\n", kind.c_str());
    return 2;
  }
  to.sll_protocol = htons(kind == "arp"   ? ETHERTYPE_ARP
                          : a.size() == 4 ? ETHERTYPE_IP
                                          : ETHERTYPE_IPV6);
  if (packets.empty()) packets = {packet};
  for (long i = std::stol(args[2]); i > 0; --i) {
    for (const Bytes& one : packets) {
      if (sendto(fd, one.data(), one.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof(to)) < 0 &&
          errno != ENOBUFS)
        die("sendto " + args[0]);
    }
  }
  return 0;
}
