// Words -> packets.
#include "wire_packet.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "wire_bytes.h"

namespace vinet::wire {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "wirelook: %s\n", why.c_str());
  std::exit(2);
}

Bytes from_hex(const std::string& text) {
  Bytes out;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<uint8_t>(std::strtoul(text.substr(i, 2).c_str(), nullptr, 16)));
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

Bytes address(const std::string& text) {
  const bool v6 = text.find(':') != std::string::npos;
  Bytes bytes(v6 ? 16 : 4);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1)
    refuse("'" + text + "' is no address");
  return bytes;
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

}  // namespace vinet::wire
