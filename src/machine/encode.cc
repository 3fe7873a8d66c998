// LinkEnd <-> map entries. Header templates are made by the same code as the data plane's tests use
// (bpf/vi_encap.h).
#include "machine/encode.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "support/check.h"
#include "support/hash.h"
#include "vi_encap.h"

namespace vinet::machine {
namespace {

constexpr uint64_t kBillion = 1'000'000'000;
constexpr uint64_t k4G = uint64_t{1} << 32;

// A burst holds two GSO super-packets, or 10 ms at full rate where that is more.
constexpr uint64_t kMinBurstBytes = 131'072;

uint32_t loss_to_4g(uint32_t loss_ppb) {
  const uint64_t scaled = (loss_ppb * k4G + kBillion / 2) / kBillion;
  return static_cast<uint32_t>(std::min(scaled, k4G - 1));
}

uint32_t loss_from_4g(uint32_t loss_of_4g) {
  return static_cast<uint32_t>((loss_of_4g * kBillion + k4G / 2) / k4G);
}

void copy_mac(const net::Mac& mac, uint8_t (&out)[6]) {
  std::copy(mac.bytes.begin(), mac.bytes.end(), out);
}

/// Puts header `index` on the template. One family and one kind so far: IPv4 in IPv4 (RFC 2003).
void put_header(vi_link& link, uint32_t source_be, uint32_t destination_be) {
  vi_header header;
  static_assert(sizeof header == VI_HEADER_BYTES);
  VINET_CHECK(link.header_count < VI_MAX_HEADERS);
  vi_template(&header, link.header_count, source_be, destination_be);
  std::memcpy(link.headers[link.header_count++], &header, sizeof header);
}

template <typename T>
bool same_bytes(const T& x, const T& y) {
  return std::memcmp(&x, &y, sizeof(T)) == 0;
}

}  // namespace

uint32_t to_be(net::Ipv4 address) {
  return htonl(address.bits);
}
net::Ipv4 from_be(uint32_t address_be) {
  return net::Ipv4{ntohl(address_be)};
}

net::Mac mac_of(const uint8_t (&bytes)[6]) {
  net::Mac mac;
  std::copy(std::begin(bytes), std::end(bytes), mac.bytes.begin());
  return mac;
}

bool same(const vi_link& x, const vi_link& y) {
  return same_bytes(x, y);
}
bool same(const vi_key& x, const vi_key& y) {
  return same_bytes(x, y);
}
bool same(const vi_end& x, const vi_end& y) {
  return same_bytes(x, y);
}

vi_key reversed(const vi_key& key) {
  return {key.base_dst_be, key.base_src_be, key.link_dst_be, key.link_src_be};
}

LinkEntries encode(const slice::LinkEnd& end, uint32_t backside) {
  LinkEntries out;
  vi_link& link = out.link;
  link.key = {to_be(end.base_source), to_be(end.base_destination), to_be(end.link_source),
              to_be(end.link_destination)};
  link.mtu_bytes = end.mtu_bytes;
  link.whole_bytes = end.whole_bytes;
  link.loss_of_4g = loss_to_4g(end.loss_ppb);
  link.rate_bytes_per_s = end.rate_bps / 8;
  link.burst_bytes = link.rate_bytes_per_s == 0
                         ? 0
                         : std::max<uint64_t>(kMinBurstBytes, link.rate_bytes_per_s / 100);
  link.seed = stable_hash(end.backside);
  link.priority = end.share == 0 ? 0 : net::share_priority(end.share);
  link.flags =
      static_cast<uint8_t>((end.local ? VI_LINK_LOCAL : 0) | (end.ipv6 ? 0 : VI_LINK_NO_IPV6));
  if (end.local) {
    copy_mac(end.neighbour_mac, link.vl_mac);
  } else {
    put_header(link, link.key.base_src_be, link.key.base_dst_be);
    put_header(link, link.key.link_src_be, link.key.link_dst_be);
  }
  out.key = reversed(link.key);
  out.end.backside = backside;
  copy_mac(end.mac, out.end.vl_mac);
  copy_mac(end.neighbour_mac, out.end.neighbour_mac);
  out.own_be = link.key.link_src_be;
  return out;
}

slice::LinkEnd decode(const std::string& backside, const vi_link& link, const vi_end& end) {
  slice::LinkEnd out;
  out.backside = backside;
  out.base_source = from_be(link.key.base_src_be);
  out.base_destination = from_be(link.key.base_dst_be);
  out.link_source = from_be(link.key.link_src_be);
  out.link_destination = from_be(link.key.link_dst_be);
  out.mtu_bytes = link.mtu_bytes;
  out.whole_bytes = link.whole_bytes;
  out.rate_bps = link.rate_bytes_per_s * 8;
  out.loss_ppb = loss_from_4g(link.loss_of_4g);
  out.ipv6 = (link.flags & VI_LINK_NO_IPV6) == 0;
  out.local = (link.flags & VI_LINK_LOCAL) != 0;
  out.share = static_cast<uint16_t>(link.priority);
  out.mac = mac_of(end.vl_mac);
  out.neighbour_mac = mac_of(end.neighbour_mac);
  return out;
}

}  // namespace vinet::machine
