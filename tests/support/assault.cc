// assault: random frames, as root in a node could write them to its own interface.
//
//   assault DEVICE SEED COUNT MAC ADDRESS...      MAC: of the other side of DEVICE
//
// Each is for a random MAC (the other side's, all, many, bridges, switches), of a random EtherType
// (VLAN tags, ARP, LLDP, MPLS, 802.3 and unknown ones among them), mostly with an IP packet between
// two of the addresses: any protocol, options, fragments, IP in IP up to three deep, every length
// from nothing to the device's MTU, and now and then a super-packet for the kernel to segment
// (PACKET_VNET_HDR). Where there is room it carries kMark and its number. Prints how many the
// kernel took.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "forge.h"
#include "support/model.h"

namespace {

using vinet::model::Bytes;
using vinet::model::put16;
using vinet::model::put32;

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

/// struct virtio_net_hdr; its header is no C++.
struct SegmentsHeader {
  uint8_t flags = 0;
  uint8_t gso_type = 0;
  uint16_t hdr_len = 0;
  uint16_t gso_size = 0;
  uint16_t csum_start = 0;
  uint16_t csum_offset = 0;
};
constexpr uint8_t kNeedsChecksum = 1, kTcp4 = 1, kTcp6 = 4, kUdp = 5;

std::mt19937_64 g_random;
size_t below(size_t n) {
  return g_random() % n;
}
bool once_in(size_t n) {
  return below(n) == 0;
}
uint8_t byte() {
  return static_cast<uint8_t>(g_random());
}
template <typename T>
const T& one_of(const std::vector<T>& list) {
  return list[below(list.size())];
}

struct Target {
  Bytes other_mac;
  std::vector<Bytes> ipv4, ipv6;  // addresses to forge
  size_t mtu = 0;
};

Bytes some_mac(const Target& target) {
  static const std::vector<Bytes> kMacs = {
      {255, 255, 255, 255, 255, 255}, {1, 0, 0x5e, 0, 0, 1},          {1, 0, 0x5e, 0, 0, 5},
      {0x33, 0x33, 0, 0, 0, 1},       {0x33, 0x33, 0, 0, 0, 2},       {1, 0x80, 0xc2, 0, 0, 0},
      {1, 0x80, 0xc2, 0, 0, 0x0e},    {1, 0, 0x0c, 0xcc, 0xcc, 0xcc}, {0, 0, 0, 0, 0, 0},
  };
  switch (below(4)) {
    case 0:
      return {2, byte(), byte(), byte(), byte(), byte()};
    case 1:
      return one_of(kMacs);
    default:
      return target.other_mac;
  }
}

Bytes mark(uint32_t number) {
  Bytes data(forge::kMark, forge::kMark + forge::kMarkBytes);
  data.resize(data.size() + 4);
  put32(data, data.size() - 4, number);
  return data;
}

uint8_t some_protocol() {
  static const std::vector<uint8_t> kProtocols = {1,  2,  4,   6,   17,  41,  47,  50,
                                                  58, 89, 103, 112, 132, 137, 253, 255};
  return once_in(3) ? byte() : one_of(kProtocols);
}

Bytes ipv4(const Target& target, uint8_t protocol, const Bytes& payload) {
  const size_t options = once_in(8) ? 4 * below(11) : 0;
  Bytes p(20 + options, 1);
  p[0] = static_cast<uint8_t>(0x45 + options / 4);
  p[1] = once_in(2) ? byte() : 0;
  put16(p, 2, static_cast<uint16_t>(p.size() + payload.size()));
  put16(p, 4, static_cast<uint16_t>(g_random()));
  put16(p, 6, once_in(6) ? static_cast<uint16_t>(g_random()) : 0);
  p[8] = once_in(4) ? static_cast<uint8_t>(below(3)) : 64;
  p[9] = protocol;
  std::copy_n(one_of(target.ipv4).begin(), 4, p.begin() + 12);
  std::copy_n(one_of(target.ipv4).begin(), 4, p.begin() + 16);
  put16(p, 10, 0);
  put16(p, 10, vinet::model::checksum(p, 0, p.size()));
  p.insert(p.end(), payload.begin(), payload.end());
  return p;
}

Bytes ipv6(const Target& target, uint8_t protocol, const Bytes& payload) {
  Bytes p(40);
  p[0] = 0x60;
  put16(p, 4, static_cast<uint16_t>(payload.size()));
  p[6] = protocol;
  p[7] = once_in(4) ? static_cast<uint8_t>(below(3)) : 255;
  std::copy_n(one_of(target.ipv6).begin(), 16, p.begin() + 8);
  std::copy_n(one_of(target.ipv6).begin(), 16, p.begin() + 24);
  p.insert(p.end(), payload.begin(), payload.end());
  return p;
}

/// ICMP or ICMPv6 of any type, UDP, or anything, with the mark at its end.
Bytes some_payload(const Target& target, uint32_t number) {
  const size_t most = std::min<size_t>(target.mtu, once_in(4) ? target.mtu : 400);
  Bytes p(below(most + 1), 0x5a);
  for (size_t i = 0; i < std::min<size_t>(p.size(), 8); ++i) p[i] = byte();
  const Bytes data = mark(number);
  p.insert(p.end(), data.begin(), data.end());
  return p;
}

Bytes some_ip(const Target& target, uint32_t number, uint16_t& ethertype) {
  Bytes p = some_payload(target, number);
  uint8_t protocol = some_protocol();
  bool six = once_in(3);
  for (size_t depth = once_in(2) ? 1 + below(3) : 1; depth > 0; --depth) {
    p = six ? ipv6(target, protocol, p) : ipv4(target, protocol, p);
    protocol = six ? 41 : 4;
    six = once_in(5);
  }
  ethertype = p[0] >> 4 == 6 ? 0x86dd : 0x0800;
  if (once_in(12)) p[0] = byte();
  if (once_in(12)) p.resize(below(p.size() + 1));
  return p;
}

Bytes some_frame(const Target& target, uint32_t number) {
  static const std::vector<uint16_t> kTypes = {0x0806, 0x8035, 0x8847, 0x8863, 0x8864, 0x88cc,
                                               0x888e, 0x88f7, 0x6558, 0x9000, 0x0000, 0xffff,
                                               0x002e, 0x05dc, 0x0600, 0x22f3, 0x88e5, 0x0800};
  uint16_t ethertype = 0;
  const Bytes packet = some_ip(target, number, ethertype);
  Bytes frame = some_mac(target);
  const Bytes from = some_mac(target);
  frame.insert(frame.end(), from.begin(), from.end());
  const auto append16 = [&frame](uint16_t value) {
    frame.resize(frame.size() + 2);
    put16(frame, frame.size() - 2, value);
  };
  if (once_in(6)) {  // tags, one or two
    append16(once_in(2) ? 0x88a8 : 0x8100);
    append16(static_cast<uint16_t>(g_random()));
    if (once_in(2)) {
      append16(0x8100);
      append16(static_cast<uint16_t>(g_random()));
    }
  }
  append16(once_in(5) ? (once_in(3) ? static_cast<uint16_t>(g_random()) : one_of(kTypes))
                      : ethertype);
  frame.insert(frame.end(), packet.begin(), packet.end());
  if (frame.size() > target.mtu + 14) frame.resize(target.mtu + 14);
  return frame;
}

/// A TCP or UDP packet of up to 60,000 bytes, to be cut into segments of any size.
Bytes some_super_packet(const Target& target, uint32_t number, SegmentsHeader& header) {
  const bool six = once_in(2), tcp = once_in(2);
  const Bytes data = mark(number);
  Bytes transport(tcp ? 20 : 8);
  put16(transport, 0, 4242);
  put16(transport, 2, static_cast<uint16_t>(g_random()));
  if (tcp) transport[12] = 0x50;
  while (transport.size() < 2000 + below(58'000))
    transport.insert(transport.end(), data.begin(), data.end());
  if (!tcp) put16(transport, 4, static_cast<uint16_t>(transport.size()));
  const auto protocol = static_cast<uint8_t>(tcp ? 6 : 17);
  Bytes p = six ? ipv6(target, protocol, transport) : ipv4(target, protocol, transport);
  const size_t ip_bytes = p.size() - transport.size();
  if (!six) {
    put16(p, 6, 0);
    put16(p, 10, 0);
    put16(p, 10, vinet::model::checksum(p, 0, ip_bytes));
  }
  static const std::vector<uint16_t> kSizes = {536, 1000, 1220, 1400, 1440, 1460, 1461, 8000};
  header.flags = kNeedsChecksum;
  header.gso_type = !tcp ? kUdp : six ? kTcp6 : kTcp4;
  header.gso_size = one_of(kSizes);
  header.csum_start = static_cast<uint16_t>(14 + ip_bytes);
  header.csum_offset = tcp ? 16 : 6;
  header.hdr_len = static_cast<uint16_t>(14 + ip_bytes + (tcp ? 20 : 8));
  Bytes frame = some_mac(target);
  frame.insert(frame.end(), {2, 9, 9, 9, 9, 9, static_cast<uint8_t>(six ? 0x86 : 0x08),
                             static_cast<uint8_t>(six ? 0xdd : 0x00)});
  frame.insert(frame.end(), p.begin(), p.end());
  return frame;
}

size_t mtu_of(int fd, const std::string& device) {
  ifreq request{};
  std::snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device.c_str());
  if (ioctl(fd, SIOCGIFMTU, &request) != 0) die("MTU of " + device);
  return static_cast<size_t>(request.ifr_mtu);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() < 6) {
    std::fputs("usage: assault DEVICE SEED COUNT MAC ADDRESS...   (see assault.cc)\n", stderr);
    return 2;
  }
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;
  if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0)
    die("packet socket");
  Target target;
  target.mtu = mtu_of(fd, args[0]);
  std::array<unsigned, 6> mac{};
  if (std::sscanf(args[3].c_str(), "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
                  &mac[5]) != 6)
    die(args[3]);
  target.other_mac.assign(mac.begin(), mac.end());
  for (size_t i = 4; i < args.size(); ++i) {
    Bytes four(4), six(16);
    if (inet_pton(AF_INET, args[i].c_str(), four.data()) == 1)
      target.ipv4.push_back(four);
    else if (inet_pton(AF_INET6, args[i].c_str(), six.data()) == 1)
      target.ipv6.push_back(six);
    else
      die(args[i]);
  }
  if (target.ipv4.empty() || target.ipv6.empty()) die("addresses of both families");

  g_random.seed(std::stoull(args[1]));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(args[0].c_str()));
  unsigned long taken = 0;
  const unsigned long count = std::stoul(args[2]);
  for (uint32_t number = 0; number < count; ++number) {
    SegmentsHeader header{};
    const Bytes frame =
        once_in(20) ? some_super_packet(target, number, header) : some_frame(target, number);
    Bytes message(sizeof header);
    std::memcpy(message.data(), &header, sizeof header);
    message.insert(message.end(), frame.begin(), frame.end());
    // What this kernel does not take (cut below an Ethernet header, larger than the device's MTU)
    // did not leave the node.
    if (sendto(fd, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&to),
               sizeof to) >= 0)
      ++taken;
    else if (errno == ENETDOWN || errno == ENXIO || errno == ENODEV)
      break;  // the device is gone: so is what was to be done
  }
  std::printf("%lu\n", taken);
  return 0;
}
