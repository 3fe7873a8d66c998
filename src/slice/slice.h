// The Slice: the share of one base or internet that one machine realises, in the kernel's words:
// namespaces, veth pairs, addresses, routes, entries of the link layer. The same type says what
// should be (lower.h makes it from a Plan) and what is (machine/observe.h reads it from the
// kernel), so that diff.h can compare the two.
//
//      node namespace fig11.A           machine namespace lab.X
//     +----------------------+         +-------------------------------+
//     | lo  identity         |  veth   |  backside        base device  |
//     | B (vl) --------------+---------+-- v1f..  [tc] ~~~~~~ Y -------+--- veth to lab.Y
//     +----------------------+         +-------------------------------+
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/ip.h"
#include "net/mac.h"
#include "net/objects.h"

namespace vinet::slice {

/// A network namespace of ours, bound at <root>/run/netns/<name>.
struct Namespace {
  std::string name;  ///< `fig11.A`, `lab.X`
  std::string mark;  ///< alias of its lo: `vinet:fig11:A@lab.X`, `vinet:lab:X`
  net::NamespaceSettings settings;
  /// A machine of a fleet: the namespace in which its daemon is, bound at `name`. Its addresses,
  /// routes, settings and devices are its owner's; only what carries our mark is ours.
  bool own = false;
  std::string tenant;          ///< nodes: whose; they lie in a user namespace then (F-125)
  bool lo_forwarding = false;  ///< machines: the FIB is asked as lo (DESIGN §4)
  bool reassembly = false;     ///< machines: has the devices that put fragments together
  std::vector<net::InterfaceAddress> lo_addresses;  ///< sorted; 127.0.0.1 and ::1 left out
  std::vector<net::Route> routes;                   ///< sorted; only those with our protocol number
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

/// What an own namespace's settings are, whatever they are: its owner's, not ours to compare.
inline constexpr net::NamespaceSettings kOwnersSettings{
    .ipv6 = false, .ipv6_forwarding = false, .icmp_unlimited = false, .rp_filter_off = false};

enum class VethRole : uint8_t { kBase, kLink };

/// A veth pair. kBase: ends in two machines. kLink: `a` is the vl in the node, `b` the backside in
/// the machine.
struct Veth {
  VethRole role = VethRole::kLink;
  std::string a_namespace, b_namespace;
  net::Device a, b;
  friend bool operator==(const Veth&, const Veth&) = default;
};

/// A header that a link end pushes.
struct Header {
  net::Ipv4 source, destination;
  friend auto operator<=>(const Header&, const Header&) = default;
};

/// How packets leave a link end for the other one: the headers of all links that they go over, from
/// the anchor on.
struct Way {
  bool open = true;             ///< false: the node below has no way to the other end now
  std::vector<Header> headers;  ///< pushed, outermost first
  /// The outermost link has both ends in this anchor: packets are handed over by its key, and the
  /// headers are those of the links above it.
  bool inside = false;
  std::string inside_on;  ///< the node that this link stands on; empty at the first layer
  net::Ipv4 inside_base;  ///< the anchor's base address; at the first layer
  Header inside_link;     ///< its link addresses
  friend bool operator==(const Way&, const Way&) = default;
};

/// What a node's root may send from while an internet stands on the node (DESIGN §3).
struct SourceCheck {
  bool on = false;
  net::IpPrefix block;
  std::vector<net::Ipv4> others;  ///< addresses outside the block; sorted
  friend bool operator==(const SourceCheck&, const SourceCheck&) = default;
};

/// What the link layer knows of one end of one link: its egress template and its ingress key
/// (bpf/vi_abi.h).
struct LinkEnd {
  std::string backside;  ///< device in the machine; identifies the entry
  std::string node;      ///< namespace of the vl
  std::string on;        ///< namespace of the node that `node` stands on; empty at the first layer
  /// First layer: of what leaves here; what arrives has them swapped.
  net::Ipv4 base_source, base_destination;
  net::Ipv4 link_source, link_destination;
  Way way;
  bool via_lo =
      false;  ///< more headers, in all layers, than a socket's packets can take on at once
  SourceCheck source_check;
  uint32_t floor_bytes = 0;  ///< links above need an MTU of so much, however small the path
  uint32_t mtu_bytes = 0;
  uint32_t whole_bytes = 0;  ///< larger packets, up to `mtu_bytes`, are fragmented outside
  uint64_t rate_bps = 0;
  uint32_t loss_ppb = 0;
  bool ipv6 = true;
  bool local = false;
  uint16_t share = 0;      ///< id of the share that its packets have on the base; 0 = none
  net::Mac mac;            ///< of the vl here
  net::Mac neighbour_mac;  ///< of the vl at the other end
  friend bool operator==(const LinkEnd&, const LinkEnd&) = default;
};

/// What an internet is guaranteed on a base device.
struct DeviceShare {
  std::string device;  ///< in the machine
  net::Share share;
  friend auto operator<=>(const DeviceShare&, const DeviceShare&) = default;
};

struct Slice {
  std::string owner;  ///< the base or internet: `lab`, `fig11`
  /// Namespace where backsides lie (the anchor): the bottom machine, `lab.X`, or a node of the
  /// internet below, `lower.a`, if links are not flattened.
  std::string machine;
  net::Ipv4 base_address;             ///< of the machine; 0.0.0.0 where it is a node
  std::vector<Namespace> namespaces;  ///< sorted by name
  std::vector<Veth>
      veths;  ///< sorted by (b_namespace, b.name); a base veth is in the slice of its end a
  std::vector<LinkEnd> link_ends;  ///< sorted by backside
  std::vector<std::string>
      base_devices;  ///< of the machine, where vi_base is attached; empty in a base's own slice
  std::vector<DeviceShare> shares;  ///< sorted; of the owner
  friend bool operator==(const Slice&, const Slice&) = default;
};

}  // namespace vinet::slice
