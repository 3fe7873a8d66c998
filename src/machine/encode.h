// encode: what the link layer knows of one link end, as the map entries of bpf/vi_abi.h, and back.
#pragma once

#include <cstdint>
#include <string>

#include "net/ip.h"
#include "net/mac.h"
#include "slice/slice.h"
#include "vi_abi.h"

namespace vinet::machine {

/// All map entries of one link end.
struct LinkEntries {
  vi_link link{};  ///< egress: vi_links[backside]
  vi_key key{};    ///< ingress: vi_keys[key] = end
  vi_end end{};
  uint32_t own_be = 0;  ///< vi_own[own_be] = backside
};

/// The entries of `end`, whose backside has this ifindex. Its rate is a whole number of bytes per
/// second.
LinkEntries encode(const slice::LinkEnd& end, uint32_t backside);

/// What the entries say. Exact for entries that `encode` made; of others encode(decode(x)) differs
/// from x.
slice::LinkEnd decode(const std::string& backside, const vi_link& link, const vi_end& end);

/// The ingress key of the end whose egress key is `key`: sources and destinations swapped.
vi_key reversed(const vi_key& key);

bool same(const vi_link& x, const vi_link& y);
bool same(const vi_key& x, const vi_key& y);
bool same(const vi_end& x, const vi_end& y);

uint32_t to_be(net::Ipv4 address);
net::Ipv4 from_be(uint32_t address_be);
net::Mac mac_of(const uint8_t (&bytes)[6]);

}  // namespace vinet::machine
