// encode: what the link layer knows of one link end, as the map entries of bpf/vi_abi.h, and back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/ip.h"
#include "net/mac.h"
#include "slice/slice.h"
#include "vi_abi.h"

namespace vinet::machine {

/// All map entries of one link end.
struct LinkEntries {
  vi_link link{};                 ///< egress: vi_links[backside]
  std::optional<vi_stack> stack;  ///< egress: vi_stacks[backside], of long stacks
  /// Ingress: vi_keys[key] = end at the first layer, vi_uppers[key] = end above.
  std::variant<vi_key, vi_upper> key;
  vi_end end{};
  vi_address own{};                 ///< vi_own[own] = backside
  std::vector<vi_address> sources;  ///< in vi_sources

  bool is_first_layer() const { return std::holds_alternative<vi_key>(key); }
  /// Of the first layer only.
  const vi_key& base_key() const { return std::get<vi_key>(key); }
};

/// What nodes are called in keys. Never 0. Two names have one number with a chance of 2^-64.
uint64_t node_number(const std::string& node);
/// By number.
using NodeNames = std::map<uint64_t, std::string>;

/// The entries of `end`, whose backside has this ifindex. Its rate is a whole number of bytes per
/// second.
LinkEntries encode(const slice::LinkEnd& end, uint32_t backside);

/// What the entries say. Exact for entries that `encode` made of an end of these nodes; of others
/// encode(decode(x)) differs from x.
slice::LinkEnd decode(const std::string& backside, const LinkEntries& entries,
                      const NodeNames& names);

/// The ingress key of the end whose egress key is `key`: sources and destinations swapped.
vi_key reversed(const vi_key& key);

bool same(const vi_link& x, const vi_link& y);
bool same(const vi_key& x, const vi_key& y);
bool same(const vi_end& x, const vi_end& y);
bool same(const std::variant<vi_key, vi_upper>& x, const std::variant<vi_key, vi_upper>& y);
bool same(const vi_address& x, const vi_address& y);
bool same(const vi_stack& x, const vi_stack& y);
bool same(const vi_upper& x, const vi_upper& y);
bool same(const LinkEntries& x, const LinkEntries& y);

uint32_t to_be(net::Ipv4 address);
net::Ipv4 from_be(uint32_t address_be);
net::Mac mac_of(const uint8_t (&bytes)[6]);

}  // namespace vinet::machine
