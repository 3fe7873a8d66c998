// layers: the IP in IP of a capture as text, so that two captures can be compared by diff.
//
//   layers < CAPTURE.pcap
//
// A line a packet: each outer header (IPv4, protocol 4 or 41, no options) as its bytes, outermost
// first, one blank apart; then the packet inside as wirelook would describe it, with what kernels
// draw by chance masked. Left out: what is not IP in IP, what comes and goes by itself (neighbour
// discovery, IGMP, MLD), the echoes by which paths are measured (ICMP right behind a link header),
// and wirelook's own echoes.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "wire_bytes.h"
#include "wire_packet.h"

namespace {

using vinet::wire::Bytes;

constexpr uint32_t kPcapMagic = 0xa1b2c3d4;  // microseconds, written on a computer like this one
constexpr size_t kEthernet = 14;
constexpr unsigned kSentinel = 0x5e47;  // wirelook's

bool read_whole(void* to, size_t bytes) {
  return std::fread(to, 1, bytes, stdin) == bytes;
}

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "layers: %s\n", what);
  std::exit(2);
}

bool is_outer(const Bytes& packet, size_t at) {
  return at + 20 <= packet.size() && packet[at] == 0x45 &&
         (packet[at + 9] == 4 || packet[at + 9] == 41) &&
         (vinet::wire::get16(packet, at + 6) & 0x3fff) == 0;
}

bool is_sentinel(const Bytes& packet) {
  return packet.size() >= 28 && packet[0] == 0x45 && packet[9] == vinet::wire::kIcmp &&
         vinet::wire::get16(packet, 24) == kSentinel;
}

void tell(const Bytes& frame) {
  if (frame.size() < kEthernet + 20 || vinet::wire::get16(frame, 12) != 0x0800) return;
  std::string line;
  size_t at = kEthernet, headers = 0;
  for (; is_outer(frame, at); at += 20, ++headers) {
    std::array<char, 3> hex{};
    for (size_t i = 0; i < 20; ++i) {
      std::snprintf(hex.data(), hex.size(), "%02x", unsigned{frame[at + i]});
      line += hex.data();
    }
    line += ' ';
  }
  const Bytes inside(frame.begin() + static_cast<long>(at), frame.end());
  if (headers == 0 || inside.empty()) return;
  const bool ipv4 = inside.size() >= 20 && inside[0] >> 4 == 4;
  if (headers == 1 && ipv4 && inside[9] == vinet::wire::kIcmp) return;
  if (is_sentinel(inside) || vinet::wire::is_housekeeping(inside)) return;
  line += vinet::wire::describe(inside, vinet::wire::Care::kLoose, true);
  std::puts(line.c_str());
}

}  // namespace

int main() {
  std::array<uint32_t, 6> file{};
  if (!read_whole(file.data(), sizeof file) || file[0] != kPcapMagic) die("no capture on stdin");
  if (file[5] != 1) die("not of Ethernet");
  std::array<uint32_t, 4> record{};  // seconds, microseconds, bytes kept, bytes
  while (read_whole(record.data(), sizeof record)) {
    Bytes frame(record[2]);
    if (!read_whole(frame.data(), frame.size())) break;  // a capture in progress
    tell(frame);
  }
  return 0;
}
