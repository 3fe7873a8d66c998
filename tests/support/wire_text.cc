// Packets -> text, with what kernels draw by chance masked.
#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>

#include "wire_bytes.h"
#include "wire_packet.h"

namespace vinet::wire {
namespace {

constexpr size_t kShown = 160;  // bytes written out; of more, a digest

std::string to_hex(const uint8_t* data, size_t size) {
  std::string out(size * 2, '0');
  for (size_t i = 0; i < size; ++i) {
    out[2 * i] = "0123456789abcdef"[data[i] >> 4];
    out[2 * i + 1] = "0123456789abcdef"[data[i] & 15];
  }
  return out;
}

/// Where the transport header of a packet begins, and which it is; behind fragments it is none.
struct Upper {
  size_t at = 0;
  uint8_t protocol = 255;
  bool first = true, whole = true;
};

Upper upper_of(const Bytes& packet) {
  if (!is_ipv6(packet)) {
    const unsigned fragment = get16(packet, 6);
    return {static_cast<size_t>(packet[0] & 15) * 4, packet[9], (fragment & 0x1fff) == 0,
            (fragment & 0x3fff) == 0};
  }
  Upper upper{40, packet[6]};
  while (upper.at + 8 <= packet.size()) {
    const uint8_t kind = upper.protocol;
    if (kind != 0 && kind != 43 && kind != 60 && kind != kFragment) break;
    if (kind == kFragment) {
      const unsigned bits = get16(packet, upper.at + 2);
      upper.first = (bits & 0xfff8) == 0;
      upper.whole = (bits & 0xfff9) == 0;
    }
    upper.protocol = packet[upper.at];
    upper.at += kind == kFragment ? 8 : static_cast<size_t>(packet[upper.at + 1] + 1) * 8;
  }
  return upper;
}

size_t checksum_at(uint8_t protocol) {
  if (protocol == kUdp) return 6;
  if (protocol == kTcp) return 16;
  return protocol == kIcmp || protocol == kIcmp6 ? 2 : 0;
}

std::string judge_transport(const Bytes& packet, const Upper& upper, bool partial) {
  const size_t field = checksum_at(upper.protocol);
  if (field == 0 || !upper.whole || upper.at + field + 2 > packet.size()) return "";
  if (upper.protocol == kUdp && get16(packet, upper.at + field) == 0) return " sum zero";
  uint32_t start = 0;
  if (upper.protocol != kIcmp) {
    const size_t bytes = is_ipv6(packet) ? 16 : 4, at = is_ipv6(packet) ? 8 : 12;
    const auto source = packet.begin() + static_cast<long>(at);
    const auto destination = source + static_cast<long>(bytes);
    start = pseudo_sum(Bytes(source, destination),
                       Bytes(destination, destination + static_cast<long>(bytes)), upper.protocol,
                       packet.size() - upper.at);
  }
  const bool right = partial || sum(packet, upper.at, packet.size(), start) == 0xffff;
  return right ? " sum ok" : " sum wrong";
}

void zero(Bytes& packet, size_t at, size_t bytes) {
  for (size_t i = at; i < at + bytes && i < packet.size(); ++i) packet[i] = 0;
}

void mask_tcp(Bytes& packet, size_t at, Care care) {
  if (at + 20 > packet.size()) return;
  const bool syn = (packet[at + 13] & 0x02) != 0;
  if (syn || care == Care::kLoose) zero(packet, at + 4, 4);
  if (care != Care::kLoose) return;
  zero(packet, at + 8, 4);
  const size_t end = std::min(packet.size(), at + (packet[at + 12] >> 4) * 4u);
  for (size_t option = at + 20; option + 1 < end && packet[option] != 0;) {
    if (packet[option] == 8) zero(packet, option + 2, 8);
    option += packet[option] == 1 ? 1 : std::max<size_t>(packet[option + 1], 2);
  }
}

/// Writes 0 over the times in a timestamp option (RFC 791), and then over the checksum; true if
/// there was one.
bool mask_timestamps(Bytes& packet) {
  bool found = false;
  const size_t end = std::min<size_t>(packet.size(), (packet[0] & 15) * 4u);
  for (size_t at = 20; at + 4 <= end && packet[at] != 0;) {
    if (packet[at] == 68) {
      const size_t step = (packet[at + 3] & 15) == 0 ? 4 : 8;
      for (size_t time = at + step; time + 4 <= at + packet[at + 1]; time += step)
        zero(packet, time, 4);
      zero(packet, 10, 2);
      found = true;
    }
    at += packet[at] == 1 ? 1 : std::max<size_t>(packet[at + 1], 2);
  }
  return found;
}

/// An ICMP message that quotes a packet.
bool is_error(const Bytes& packet, const Upper& upper) {
  if (upper.at + 8 > packet.size()) return false;
  const uint8_t type = packet[upper.at];
  if (upper.protocol == kIcmp6) return type < 128;
  return upper.protocol == kIcmp && (type == 3 || type == 5 || type == 11 || type == 12);
}

/// Writes 0 over what a kernel draws by chance.
void mask(Bytes& packet, Care care) {
  if (!is_ipv6(packet) && packet.size() > 20) mask_timestamps(packet);
  if (care == Care::kExact || packet.size() < 20) return;
  const Upper upper = upper_of(packet);
  if (is_ipv6(packet)) {
    packet[1] &= 0xf0;
    zero(packet, 2, 2);
    if (packet[6] == kFragment) zero(packet, 44, 4);
  } else {
    zero(packet, 4, 2);
    zero(packet, 10, 2);
  }
  if (!upper.first) return;
  if (upper.protocol == kUdp) zero(packet, upper.at + 6, 2);
  if (upper.protocol == kTcp) zero(packet, upper.at + 16, 2);
  if (upper.protocol == kTcp) mask_tcp(packet, upper.at, care);
  if (!is_error(packet, upper)) return;
  const auto quote = packet.begin() + static_cast<long>(upper.at) + 8;
  Bytes quoted(quote, packet.end());
  bool changed = care == Care::kLoose;
  if (!quoted.empty() && !is_ipv6(quoted)) changed = mask_timestamps(quoted) || changed;
  if (!changed) return;
  if (care == Care::kLoose) mask(quoted, care);
  zero(packet, upper.at + 2, 2);
  std::copy(quoted.begin(), quoted.end(), quote);
}

}  // namespace

uint64_t digest(const uint8_t* data, size_t size) {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < size; ++i) hash = (hash ^ data[i]) * 0x100000001b3;
  return hash;
}

std::string to_text(const uint8_t* address, size_t bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(bytes == 16 ? AF_INET6 : AF_INET, address, text, sizeof text);
}

bool is_ipv6(const Bytes& packet) {
  return !packet.empty() && packet[0] >> 4 == 6;
}

Bytes source_of(const Bytes& packet) {
  const long at = is_ipv6(packet) ? 8 : 12, bytes = is_ipv6(packet) ? 16 : 4;
  if (static_cast<long>(packet.size()) < at + bytes) return {};
  return {packet.begin() + at, packet.begin() + at + bytes};
}

uint32_t mark_of(const Bytes& packet) {
  return is_ipv6(packet) ? (packet[1] & 0x0fu) << 16 | get16(packet, 2) : get16(packet, 4);
}

bool is_housekeeping(const Bytes& packet) {
  if (packet.size() < 20) return false;
  if (!is_ipv6(packet)) return packet[9] == 2;
  if (packet.size() < 48) return false;
  const Upper upper = upper_of(packet);
  if (upper.protocol != kIcmp6 || upper.at >= packet.size()) return false;
  const uint8_t type = packet[upper.at];
  return (type >= 130 && type <= 137) || type == 143;
}

std::string describe(Bytes packet, Care care, bool partial) {
  if (packet.size() < 20 || (is_ipv6(packet) && packet.size() < 40))
    return "cut: " + to_hex(packet.data(), packet.size());
  const Upper upper = upper_of(packet);
  std::string out;
  char text[160];
  if (is_ipv6(packet)) {
    std::snprintf(text, sizeof text, "%s > %s hop limit %u class %02x",
                  to_text(&packet[8], 16).c_str(), to_text(&packet[24], 16).c_str(),
                  unsigned{packet[7]}, get16(packet, 0) >> 4 & 0xff);
  } else {
    const size_t header = std::min(upper.at, packet.size());
    std::snprintf(text, sizeof text, "%s > %s ttl %u tos %02x flags %u off %u header %s",
                  to_text(&packet[12], 4).c_str(), to_text(&packet[16], 4).c_str(),
                  unsigned{packet[8]}, unsigned{packet[1]}, get16(packet, 6) >> 13,
                  (get16(packet, 6) & 0x1fff) * 8,
                  sum(packet, 0, header) == 0xffff ? "ok" : "wrong");
  }
  out = text;
  out += " proto " + std::to_string(upper.protocol);
  if ((upper.protocol == kIcmp || upper.protocol == kIcmp6) && upper.first &&
      upper.at + 8 <= packet.size()) {
    std::snprintf(text, sizeof text, " type %u code %u word %08x", unsigned{packet[upper.at]},
                  unsigned{packet[upper.at + 1]},
                  get16(packet, upper.at + 4) << 16 | get16(packet, upper.at + 6));
    out += text;
  }
  out += judge_transport(packet, upper, partial);
  mask(packet, care);
  const size_t shown = std::min(packet.size(), kShown);
  out += " bytes " + std::to_string(packet.size()) + ": " + to_hex(packet.data(), shown);
  if (shown < packet.size()) {
    std::snprintf(text, sizeof text, "... %016lx",
                  static_cast<unsigned long>(digest(packet.data(), packet.size())));
    out += text;
  }
  return out;
}

}  // namespace vinet::wire
