#include "net/ip.h"

#include <arpa/inet.h>

#include <charconv>

namespace vinet::net {
namespace {

constexpr size_t kMaxText = 45;  // the longest IPv6 address as text

uint8_t mask_byte(unsigned bits) {
  return static_cast<uint8_t>(bits >= 8 ? 0xff : 0xff00U >> bits);
}

}  // namespace

Ipv4 operator+(Ipv4 a, uint32_t offset) {
  return Ipv4{a.bits + offset};
}

Ipv6 operator+(const Ipv6& a, uint64_t offset) {
  Ipv6 sum = a;
  uint64_t carry = offset;
  for (size_t i = sum.bytes.size(); i-- > 0 && carry != 0;) {
    carry += sum.bytes[i];
    sum.bytes[i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  return sum;
}

IpPrefix prefix_of(const IpAddress& address, uint8_t length) {
  if (const auto* v4 = std::get_if<Ipv4>(&address)) {
    const uint32_t mask = length == 0 ? 0 : ~uint32_t{0} << (32 - length);
    return {Ipv4{v4->bits & mask}, length};
  }
  Ipv6 network = *std::get_if<Ipv6>(&address);
  for (unsigned i = 0; i < network.bytes.size(); ++i) {
    network.bytes[i] &= length > 8 * i ? mask_byte(length - 8 * i) : 0;
  }
  return {network, length};
}

IpPrefix host_prefix(const IpAddress& address) {
  return {address, static_cast<uint8_t>(is_ipv6(address) ? 128 : 32)};
}

bool contains(const IpPrefix& prefix, const IpAddress& address) {
  return prefix.network.index() == address.index() &&
         prefix_of(address, prefix.length).network ==
             prefix_of(prefix.network, prefix.length).network;
}

bool overlaps(const IpPrefix& a, const IpPrefix& b) {
  return a.length <= b.length ? contains(a, b.network) : contains(b, a.network);
}

std::string to_string(Ipv4 a) {
  char text[INET_ADDRSTRLEN];
  const uint32_t network_order = htonl(a.bits);
  inet_ntop(AF_INET, &network_order, text, sizeof text);
  return text;
}

std::string to_string(const Ipv6& a) {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, a.bytes.data(), text, sizeof text);
  return text;
}

std::string to_string(const IpAddress& a) {
  return std::visit([](const auto& address) { return to_string(address); }, a);
}

std::string to_string(const IpPrefix& p) {
  return to_string(p.network) + "/" + std::to_string(p.length);
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  if (text.size() > kMaxText) return std::nullopt;
  uint32_t network_order = 0;
  if (inet_pton(AF_INET, std::string(text).c_str(), &network_order) != 1) return std::nullopt;
  return Ipv4{ntohl(network_order)};
}

std::optional<Ipv6> parse_ipv6(std::string_view text) {
  if (text.size() > kMaxText) return std::nullopt;
  Ipv6 address;
  if (inet_pton(AF_INET6, std::string(text).c_str(), address.bytes.data()) != 1)
    return std::nullopt;
  return address;
}

std::optional<IpAddress> parse_address(std::string_view text) {
  if (auto v4 = parse_ipv4(text)) return *v4;
  if (auto v6 = parse_ipv6(text)) return *v6;
  return std::nullopt;
}

std::optional<IpPrefix> parse_prefix(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const std::string_view digits = text.substr(slash + 1);
  uint8_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (length > (is_ipv6(*address) ? 128 : 32)) return std::nullopt;
  const IpPrefix prefix = prefix_of(*address, length);
  if (prefix.network != *address) return std::nullopt;
  return prefix;
}

}  // namespace vinet::net
