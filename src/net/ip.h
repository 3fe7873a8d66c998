// IP addresses and prefixes as values: compare, print, parse, calculate. No sockets.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vinet::net {

/// An IPv4 address in host byte order: Ipv4{0x0a000001} is 10.0.0.1.
struct Ipv4 {
  uint32_t bits = 0;
  friend auto operator<=>(const Ipv4&, const Ipv4&) = default;
};

/// An IPv6 address, most significant byte first.
struct Ipv6 {
  std::array<uint8_t, 16> bytes{};
  friend auto operator<=>(const Ipv6&, const Ipv6&) = default;
};

/// An address of either family. IPv4 sorts before IPv6.
using IpAddress = std::variant<Ipv4, Ipv6>;

inline bool is_ipv6(const IpAddress& a) {
  return a.index() == 1;
}

/// A prefix; `network` has no bits set beyond `length` when made by `prefix_of` or `parse_prefix`.
struct IpPrefix {
  IpAddress network;
  uint8_t length = 0;  ///< 0..32 or 0..128
  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
};

/// The prefix of `length` bits that holds `address`.
IpPrefix prefix_of(const IpAddress& address, uint8_t length);
/// `address`/32 or `address`/128.
IpPrefix host_prefix(const IpAddress& address);
bool contains(const IpPrefix& prefix, const IpAddress& address);
bool overlaps(const IpPrefix& a, const IpPrefix& b);

/// Address plus offset, as integers; wraps around.
Ipv4 operator+(Ipv4 a, uint32_t offset);
Ipv6 operator+(const Ipv6& a, uint64_t offset);

std::string to_string(Ipv4 a);
std::string to_string(const Ipv6& a);  ///< RFC 5952
std::string to_string(const IpAddress& a);
std::string to_string(const IpPrefix& p);

std::optional<Ipv4> parse_ipv4(std::string_view text);
std::optional<Ipv6> parse_ipv6(std::string_view text);
std::optional<IpAddress> parse_address(std::string_view text);
/// `10.0.0.0/8`. Host bits must be zero.
std::optional<IpPrefix> parse_prefix(std::string_view text);

}  // namespace vinet::net
