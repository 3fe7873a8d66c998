// A plain model of the link layer: what bpf/vi_link.bpf.c must do to a packet, written the slow and
// obvious way, byte by byte, from RFC 791, RFC 2003 and RFC 6040. It shares nothing with the
// programs but the names of the drop reasons.
//
// Packets here start at the IP header; all numbers are in host byte order.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "vi_abi.h"

namespace vinet::model {

using Bytes = std::vector<uint8_t>;

uint16_t get16(const Bytes& b, size_t at);
uint32_t get32(const Bytes& b, size_t at);
void put16(Bytes& b, size_t at, uint16_t value);
void put32(Bytes& b, size_t at, uint32_t value);

/// The Internet checksum (RFC 1071) of `bytes` bytes from `at`, one 16-bit word after the other.
uint16_t checksum(const Bytes& b, size_t at, size_t bytes);

/// Source and destination of one header that a link pushes.
struct Header {
  uint32_t src = 0;
  uint32_t dst = 0;
};

struct Key {
  uint32_t base_src = 0;
  uint32_t base_dst = 0;
  uint32_t link_src = 0;
  uint32_t link_dst = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// The same for a link of an internet on an internet: its end stands on `node`.
struct Upper {
  uint64_t node = 0;
  uint32_t src = 0;
  uint32_t dst = 0;
  friend auto operator<=>(const Upper&, const Upper&) = default;
};

/// One end of a link, as its packets leave.
struct Link {
  std::vector<Header> stack;  ///< outermost first
  uint32_t mtu_bytes = 0;
  bool ipv6 = true;
  /// Both ends of the outermost link are on this machine: its key. `stack` is what lies above it.
  std::variant<std::monostate, Key, Upper> local = {};
  bool no_route = false;
  uint64_t node = 0;  ///< that sends
  bool check_source =
      false;  ///< IPv4 sources must be in `block` or `sources`, and none of a link on the node
  Header block = {};  ///< address and mask
  std::set<uint32_t> sources = {};
};

struct Dropped {
  vi_reason reason = VI_DROP_NONE;
  uint32_t backside = 0;  ///< to whom it is counted; 0 = not known here
  bool crossed = false;   ///< had left its first link, which counted it as sent
};

struct Sent {
  Bytes packet;
};

/// What becomes of a packet that a node sends: all headers before it, or a reason.
std::variant<Sent, Dropped> encapsulate(const Link& link, uint16_t ethertype, const Bytes& inner);

/// Is the n-th packet of a link lost whose `loss` is `loss_of_4g` / 2^32?
bool lost(uint64_t seed, uint64_t n, uint32_t loss_of_4g);

/// What one machine knows when a packet comes from the base.
struct Machine {
  uint32_t base_address = 0;
  std::map<Key, uint32_t> ends;      ///< -> backside
  std::map<uint32_t, uint32_t> own;  ///< link address -> backside
  uint64_t node = 0;                 ///< that this machine is; 0 = a bottom machine
  std::map<Upper, uint32_t> uppers;  ///< -> backside
  /// Node and address of a link that stands on it -> backside.
  std::map<std::pair<uint64_t, uint32_t>, uint32_t> upper_own;
  std::map<uint32_t, uint64_t> nodes;  ///< backside -> node that it leads to
};

struct Passed {
  bool counted = false;  ///< as not_ours: protocol 4 to this machine
};

struct Delivered {
  uint32_t backside = 0;
  uint16_t ethertype = 0;
  Bytes packet;
};

/// What becomes of a packet that a node sends into a link: sent into the base, handed over here, or
/// dropped.
std::variant<Sent, Dropped, Delivered> carry(const Machine& machine, const Link& link,
                                             uint16_t ethertype, const Bytes& inner);

/// An echo that the link itself answers.
struct Answered {
  uint32_t backside = 0;
  Bytes packet;  ///< as it goes back, base header first
};

/// An answer to an echo: noted, and gone.
struct Heard {};

using Fate = std::variant<Passed, Dropped, Delivered, Answered, Heard>;

/// What becomes of a packet of EtherType IPv4, addressed to the interface, with whatever padding
/// came behind it. On a node there is none: what is below took it off.
Fate decapsulate(const Machine& machine, const Bytes& packet);

}  // namespace vinet::model
