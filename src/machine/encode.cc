// LinkEnd <-> map entries. Header templates are made by the same code as the data plane's tests use
// (bpf/vi_encap.h).
#include "machine/encode.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
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

/// The header templates, outermost first. One family and one kind so far: IPv4 in IPv4 (RFC 2003).
std::vector<vi_header> templates(const std::vector<slice::Header>& headers) {
  std::vector<vi_header> out(headers.size());
  for (uint32_t i = 0; i < headers.size(); ++i) {
    vi_template(&out[i], i, to_be(headers[i].source), to_be(headers[i].destination));
  }
  return out;
}

slice::Header header_of(const uint8_t (&bytes)[VI_HEADER_BYTES]) {
  vi_header header;
  static_assert(sizeof header == VI_HEADER_BYTES);
  std::memcpy(&header, bytes, sizeof header);
  return {from_be(header.src_be), from_be(header.dst_be)};
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

bool same(const std::variant<vi_key, vi_upper>& x, const std::variant<vi_key, vi_upper>& y) {
  if (x.index() != y.index()) return false;
  if (const auto* key = std::get_if<vi_key>(&x)) return same_bytes(*key, std::get<vi_key>(y));
  return same_bytes(std::get<vi_upper>(x), std::get<vi_upper>(y));
}
bool same(const vi_address& x, const vi_address& y) {
  return same_bytes(x, y);
}
bool same(const vi_stack& x, const vi_stack& y) {
  return same_bytes(x, y);
}
bool same(const vi_upper& x, const vi_upper& y) {
  return same_bytes(x, y);
}
bool same(const LinkEntries& x, const LinkEntries& y) {
  return same(x.link, y.link) && x.stack.has_value() == y.stack.has_value() &&
         (!x.stack || same_bytes(*x.stack, *y.stack)) && same(x.key, y.key) && same(x.end, y.end) &&
         same(x.own, y.own) &&
         std::equal(x.sources.begin(), x.sources.end(), y.sources.begin(), y.sources.end(),
                    [](const auto& one, const auto& other) { return same(one, other); });
}

uint64_t node_number(const std::string& node) {
  return node.empty() ? 0 : std::max<uint64_t>(1, stable_hash(node));
}

namespace {

/// How packets leave: flags, keys and headers.
void put_way(const slice::Way& way, LinkEntries& out) {
  vi_link& link = out.link;
  if (!way.open) {
    link.flags |= VI_LINK_NO_ROUTE;
    return;
  }
  VINET_CHECK(way.headers.size() <= VI_MAX_HEADERS);
  if (way.inside) {
    link.flags |= VI_LINK_LOCAL;
    const uint32_t source = to_be(way.inside_link.source),
                   destination = to_be(way.inside_link.destination);
    if (way.inside_on.empty()) {
      link.key = {to_be(way.inside_base), to_be(way.inside_base), source, destination};
    } else {
      link.flags |= VI_LINK_UPPER;
      link.upper = {node_number(way.inside_on), source, destination};
    }
  } else {
    link.key.base_src_be = to_be(way.headers.front().source);
    link.key.base_dst_be = to_be(way.headers.front().destination);
  }
  link.header_count = static_cast<uint8_t>(way.headers.size());
  const auto ready = templates(way.headers);
  if (ready.size() <= VI_SHORT_HEADERS) {
    if (!ready.empty()) std::memcpy(link.headers, ready.data(), ready.size() * VI_HEADER_BYTES);
  } else {
    std::memcpy(out.stack.emplace().headers, ready.data(), ready.size() * VI_HEADER_BYTES);
  }
}

slice::Way way_of(const LinkEntries& entries, const NodeNames& names) {
  const vi_link& link = entries.link;
  slice::Way way;
  if ((link.flags & VI_LINK_NO_ROUTE) != 0) {
    way.open = false;
    return way;
  }
  if ((link.flags & VI_LINK_LOCAL) != 0) {
    way.inside = true;
    if ((link.flags & VI_LINK_UPPER) != 0) {
      const auto on = names.find(link.upper.node);
      if (on != names.end()) way.inside_on = on->second;
      way.inside_link = {from_be(link.upper.src_be), from_be(link.upper.dst_be)};
    } else {
      way.inside_base = from_be(link.key.base_src_be);
      way.inside_link = {from_be(link.key.link_src_be), from_be(link.key.link_dst_be)};
    }
  }
  const bool is_long = link.header_count > VI_SHORT_HEADERS;
  if (link.header_count > VI_MAX_HEADERS || (is_long && !entries.stack)) return way;
  for (size_t i = 0; i < link.header_count; ++i) {
    way.headers.push_back(header_of(is_long ? entries.stack->headers[i] : link.headers[i]));
  }
  return way;
}

void put_source_check(const slice::SourceCheck& check, LinkEntries& out) {
  if (!check.on) return;
  out.link.flags |= VI_LINK_CHECK_SOURCE;
  const uint32_t mask = check.block.length == 0 ? 0 : ~uint32_t{0} << (32 - check.block.length);
  if (const auto* block = std::get_if<net::Ipv4>(&check.block.network)) {
    out.link.source_be = to_be(*block);
    out.link.source_mask_be = to_be(net::Ipv4{mask});
  }
  for (const net::Ipv4 other : check.others) {
    out.sources.push_back({out.link.node, to_be(other), 0});
  }
}

slice::SourceCheck source_check_of(const LinkEntries& entries) {
  slice::SourceCheck check;
  const vi_link& link = entries.link;
  if ((link.flags & VI_LINK_CHECK_SOURCE) == 0) return check;
  check.on = true;
  check.block = {from_be(link.source_be), static_cast<uint8_t>(std::popcount(link.source_mask_be))};
  for (const vi_address& source : entries.sources) check.others.push_back(from_be(source.addr_be));
  return check;
}

}  // namespace

LinkEntries encode(const slice::LinkEnd& end, uint32_t backside) {
  LinkEntries out;
  vi_link& link = out.link;
  link.node = node_number(end.node);
  link.mtu_bytes = end.mtu_bytes;
  link.whole_bytes = end.whole_bytes;
  link.floor_bytes = end.floor_bytes;
  link.loss_of_4g = loss_to_4g(end.loss_ppb);
  link.rate_bytes_per_s = end.rate_bps / 8;
  link.burst_bytes = link.rate_bytes_per_s == 0
                         ? 0
                         : std::max<uint64_t>(kMinBurstBytes, link.rate_bytes_per_s / 100);
  link.seed = stable_hash(end.backside);
  link.priority = end.share == 0 ? 0 : net::share_priority(end.share);
  link.flags =
      static_cast<uint8_t>((end.ipv6 ? 0 : VI_LINK_NO_IPV6) | (end.via_lo ? VI_LINK_VIA_LO : 0));
  if (end.local) copy_mac(end.neighbour_mac, link.vl_mac);
  put_way(end.way, out);
  put_source_check(end.source_check, out);
  const uint64_t on = node_number(end.on);
  if (end.on.empty()) {
    link.key = {to_be(end.base_source), to_be(end.base_destination), to_be(end.link_source),
                to_be(end.link_destination)};
    out.key = reversed(link.key);
  } else {
    out.key = vi_upper{on, to_be(end.link_destination), to_be(end.link_source)};
  }
  out.end.node = link.node;
  out.end.backside = backside;
  copy_mac(end.mac, out.end.vl_mac);
  copy_mac(end.neighbour_mac, out.end.neighbour_mac);
  out.own = {on, to_be(end.link_source), 0};
  return out;
}

slice::LinkEnd decode(const std::string& backside, const LinkEntries& entries,
                      const NodeNames& names) {
  const vi_link& link = entries.link;
  const auto name_of = [&](uint64_t number) {
    const auto name = names.find(number);
    return name == names.end() ? std::string() : name->second;
  };
  slice::LinkEnd out;
  out.backside = backside;
  out.node = name_of(entries.end.node);
  if (const auto* key = std::get_if<vi_key>(&entries.key)) {
    out.base_source = from_be(key->base_dst_be);
    out.base_destination = from_be(key->base_src_be);
    out.link_source = from_be(key->link_dst_be);
    out.link_destination = from_be(key->link_src_be);
    out.local = (link.flags & VI_LINK_LOCAL) != 0;
  } else {
    const auto& upper = std::get<vi_upper>(entries.key);
    out.on = name_of(upper.node);
    out.link_source = from_be(upper.dst_be);
    out.link_destination = from_be(upper.src_be);
    out.local = std::any_of(std::begin(link.vl_mac), std::end(link.vl_mac),
                            [](uint8_t byte) { return byte != 0; });
  }
  out.way = way_of(entries, names);
  out.via_lo = (link.flags & VI_LINK_VIA_LO) != 0;
  out.source_check = source_check_of(entries);
  out.floor_bytes = link.floor_bytes;
  out.mtu_bytes = link.mtu_bytes;
  out.whole_bytes = link.whole_bytes;
  out.rate_bps = link.rate_bytes_per_s * 8;
  out.loss_ppb = loss_from_4g(link.loss_of_4g);
  out.ipv6 = (link.flags & VI_LINK_NO_IPV6) == 0;
  out.share = static_cast<uint16_t>(link.priority);
  out.mac = mac_of(entries.end.vl_mac);
  out.neighbour_mac = mac_of(entries.end.neighbour_mac);
  return out;
}

}  // namespace vinet::machine
