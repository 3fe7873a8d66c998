#include "graph/addresses.h"

#include <array>

#include "graph/words.h"

namespace vinet::graph {
namespace {

struct SpecialPrefix {
  net::IpPrefix prefix;
  std::string_view one;
  std::string_view many;
};

net::IpPrefix prefix4(uint32_t bits, uint8_t length) {
  return {net::Ipv4{bits}, length};
}

net::IpPrefix prefix6(uint8_t first, uint8_t second, uint8_t length) {
  net::Ipv6 network;
  network.bytes[0] = first;
  network.bytes[1] = second;
  return {network, length};
}

net::IpPrefix mapped() {
  net::Ipv6 network;
  network.bytes[10] = network.bytes[11] = 0xff;
  return {network, 96};
}

// RFC 6890: what may never be the source or the destination of a forwarded packet. Narrow before
// wide.
const std::array<SpecialPrefix, 11>& special_prefixes() {
  static const std::array<SpecialPrefix, 11> prefixes = {{
      {prefix4(0, 32), "the unspecified address", "the unspecified address"},
      {prefix4(0, 8), "an address of \"this network\"", "addresses of \"this network\""},
      {prefix4(0x7f000000, 8), "a loopback address", "loopback addresses"},
      {prefix4(0xa9fe0000, 16), "a link-local address", "link-local addresses"},
      {prefix4(0xe0000000, 4), "a multicast address", "multicast addresses"},
      {prefix4(0xffffffff, 32), "the broadcast address", "the broadcast address"},
      {prefix6(0, 0, 128), "the unspecified address", "the unspecified address"},
      {{net::Ipv6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}, 128},
       "the loopback address",
       "the loopback address"},
      {mapped(), "an IPv4-mapped address", "IPv4-mapped addresses"},
      {prefix6(0xfe, 0x80, 10), "a link-local address", "link-local addresses"},
      {prefix6(0xff, 0, 8), "a multicast address", "multicast addresses"},
  }};
  return prefixes;
}

}  // namespace

std::string_view unusable(const net::IpAddress& address) {
  for (const SpecialPrefix& special : special_prefixes()) {
    if (net::contains(special.prefix, address)) return special.one;
  }
  return "";
}

std::string_view unusable(const net::IpPrefix& pool) {
  for (const SpecialPrefix& special : special_prefixes()) {
    if (net::overlaps(special.prefix, pool)) return special.many;
  }
  return "";
}

void AddressBook::claim(const net::IpAddress& address, const std::string& owner, Span at,
                        Budget& budget) {
  const auto [taken, is_new] = owners_.try_emplace(address, owner);
  if (is_new) return;
  budget.error(at, "address " + net::to_string(address) + " is already that of " + taken->second);
}

}  // namespace vinet::graph
