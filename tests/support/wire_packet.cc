#include "wire_packet.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vinet::wire {
namespace {

constexpr size_t kShown = 160;  // bytes written out; of more, a digest

constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kFragment = 44, kIcmp6 = 58;

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "wirelook: %s\n", why.c_str());
  std::exit(2);
}

void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void put32(Bytes& out, uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

unsigned get16(const Bytes& data, size_t at) {
  return at + 1 < data.size() ? static_cast<unsigned>(data[at] << 8 | data[at + 1]) : 0;
}

void set16(Bytes& data, size_t at, unsigned value) {
  if (at + 1 >= data.size()) return;
  data[at] = static_cast<uint8_t>(value >> 8);
  data[at + 1] = static_cast<uint8_t>(value);
}

/// One's complement sum of a part, RFC 1071; 0xffff over data with a right checksum in it.
uint16_t sum(const Bytes& data, size_t from, size_t to, uint32_t start = 0) {
  uint32_t total = start;
  for (size_t i = from; i < to; i += 2)
    total += static_cast<uint32_t>(data[i] << 8 | (i + 1 < to ? data[i + 1] : 0));
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return static_cast<uint16_t>(total);
}

uint32_t pseudo_sum(const Bytes& source, const Bytes& destination, uint8_t protocol, size_t size) {
  Bytes pseudo = source;
  append(pseudo, destination);
  put32(pseudo, static_cast<uint32_t>(size));
  append(pseudo, {0, 0, 0, protocol});
  return sum(pseudo, 0, pseudo.size());
}

Bytes from_hex(const std::string& text) {
  Bytes out;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<uint8_t>(std::strtoul(text.substr(i, 2).c_str(), nullptr, 16)));
  return out;
}

std::string to_hex(const uint8_t* data, size_t size) {
  std::string out(size * 2, '0');
  for (size_t i = 0; i < size; ++i) {
    out[2 * i] = "0123456789abcdef"[data[i] >> 4];
    out[2 * i + 1] = "0123456789abcdef"[data[i] & 15];
  }
  return out;
}

/// The words of a packet with what stands there when they are missing.
struct Reader {
  const Words& words;
  bool has(const char* key) const { return words.count(key) != 0; }
  std::string text(const char* key, const char* otherwise) const {
    const auto found = words.find(key);
    return found == words.end() ? otherwise : found->second;
  }
  uint32_t number(const char* key, uint32_t otherwise) const {
    const auto found = words.find(key);
    return found == words.end()
               ? otherwise
               : static_cast<uint32_t>(std::strtoul(found->second.c_str(), nullptr, 0));
  }
};

uint8_t protocol_of(const Reader& read, bool v6) {
  const std::string name = read.text("proto", "udp");
  if (name == "udp") return kUdp;
  if (name == "tcp") return kTcp;
  if (name == "icmp") return v6 ? kIcmp6 : kIcmp;
  return static_cast<uint8_t>(read.number("proto", 0));
}

/// What the IP header carries: a header of UDP, TCP or ICMP where `proto` is that word, and data.
Bytes transport(const Reader& read, const Bytes& source, const Bytes& destination) {
  const bool v6 = destination.size() == 16;
  const uint8_t protocol = protocol_of(read, v6);
  const Bytes data = read.has("hex") ? from_hex(read.text("hex", ""))
                                     : pattern(read.number("data", 20), read.number("seed", 1));
  const std::string kind = read.text("proto", "udp");
  Bytes out;
  size_t check = 0;
  if (kind == "udp") {
    put16(out, read.number("sport", 40000));
    put16(out, read.number("dport", 9));
    put16(out, static_cast<unsigned>(8 + data.size()));
    put16(out, 0);
    check = 6;
  } else if (kind == "tcp") {
    const Bytes options = from_hex(read.text("tcpopt", ""));
    put16(out, read.number("sport", 40000));
    put16(out, read.number("dport", 9));
    put32(out, read.number("seq", 1000));
    put32(out, read.number("ack", 0));
    out.push_back(static_cast<uint8_t>((20 + options.size()) / 4 << 4));
    out.push_back(static_cast<uint8_t>(read.number("tcpflags", 2)));
    put16(out, 8192);
    put32(out, 0);
    append(out, options);
    check = 16;
  } else if (kind == "icmp") {
    out.push_back(static_cast<uint8_t>(read.number("type", v6 ? 128 : 8)));
    out.push_back(static_cast<uint8_t>(read.number("code", 0)));
    put16(out, 0);
    put16(out, read.number("echo", 0x77));
    put16(out, read.number("seq", 1));
    check = 2;
  }
  append(out, data);
  const std::string want = read.text("sum", "good");
  if (check != 0 && want != "zero") {
    const bool pseudo = kind != "icmp" || v6;
    const uint32_t start = pseudo ? pseudo_sum(source, destination, protocol, out.size()) : 0;
    uint16_t value = static_cast<uint16_t>(~sum(out, 0, out.size(), start));
    if (value == 0 && kind == "udp") value = 0xffff;
    set16(out, check, want == "bad" ? static_cast<uint16_t>(value ^ 0x0110) : value);
  }
  return out;
}

Bytes ip4(const Reader& read, const Bytes& source, const Bytes& destination, const Bytes& payload,
          unsigned flags, unsigned offset) {
  Bytes options = from_hex(read.text("opts", ""));
  options.resize((options.size() + 3) / 4 * 4, 0);
  const size_t header = 20 + options.size();
  Bytes out;
  out.push_back(static_cast<uint8_t>(read.number("version", 4) << 4 |
                                     read.number("ihl", static_cast<uint32_t>(header / 4))));
  out.push_back(static_cast<uint8_t>(read.number("tos", 0)));
  put16(out, read.number("totlen", static_cast<uint32_t>(header + payload.size())));
  put16(out, read.number("id", 0x7001));
  put16(out, flags << 13 | offset / 8);
  out.push_back(static_cast<uint8_t>(read.number("ttl", 64)));
  out.push_back(protocol_of(read, false));
  put16(out, 0);
  append(out, source);
  append(out, destination);
  append(out, options);
  const unsigned value = static_cast<uint16_t>(~sum(out, 0, out.size()));
  set16(out, 10, read.text("ipsum", "good") == "bad" ? value ^ 0x0110 : value);
  append(out, payload);
  return out;
}

Bytes ip6(const Reader& read, const Bytes& source, const Bytes& destination, uint8_t next,
          const Bytes& payload) {
  Bytes out;
  put32(out, read.number("version", 6) << 28 | read.number("tos", 0) << 20 |
                 read.number("flow", 0x12345));
  put16(out, read.number("totlen", static_cast<uint32_t>(payload.size())));
  out.push_back(next);
  out.push_back(static_cast<uint8_t>(read.number("ttl", 64)));
  append(out, source);
  append(out, destination);
  append(out, payload);
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

Bytes pattern(size_t size, uint64_t seed) {
  Bytes out(size);
  uint64_t state = seed * 0x9e3779b97f4a7c15 + 0xd1b54a32d192ed03;
  for (auto& byte : out) {  // xorshift64
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return out;
}

uint64_t digest(const uint8_t* data, size_t size) {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < size; ++i) hash = (hash ^ data[i]) * 0x100000001b3;
  return hash;
}

Bytes address(const std::string& text) {
  const bool v6 = text.find(':') != std::string::npos;
  Bytes bytes(v6 ? 16 : 4);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1)
    refuse("'" + text + "' is no address");
  return bytes;
}

std::string to_text(const uint8_t* address, size_t bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(bytes == 16 ? AF_INET6 : AF_INET, address, text, sizeof text);
}

std::vector<Bytes> build(const Words& words) {
  const Reader read{words};
  const Bytes source = address(read.text("src", "")), destination = address(read.text("dst", ""));
  if (source.size() != destination.size()) refuse("source and destination differ in family");
  const Bytes payload = transport(read, source, destination);
  const bool v6 = destination.size() == 16;
  const size_t step = read.number("frag", 0);
  if (step % 8 != 0) refuse("frag is no multiple of 8");
  if (!v6 && step == 0)
    return {
        ip4(read, source, destination, payload, read.number("flags", 0), read.number("off", 0))};
  const auto first_header = static_cast<uint8_t>(read.number("nh", protocol_of(read, true)));
  Bytes all = v6 ? from_hex(read.text("ext", "")) : Bytes();
  append(all, payload);
  if (step == 0) return {ip6(read, source, destination, first_header, all)};
  std::vector<Bytes> parts;
  for (size_t at = 0; at < all.size(); at += step) {
    const size_t end = std::min(all.size(), at + step);
    const Bytes part(all.begin() + static_cast<long>(at), all.begin() + static_cast<long>(end));
    const unsigned more = end < all.size() ? 1 : 0;
    if (!v6) {
      parts.push_back(ip4(read, source, destination, part, more, static_cast<unsigned>(at)));
      continue;
    }
    Bytes headed = {first_header, 0};
    put16(headed, static_cast<unsigned>(at) | more);
    put32(headed, read.number("id", 0x7001));
    append(headed, part);
    parts.push_back(ip6(read, source, destination, kFragment, headed));
  }
  return parts;
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
