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
  bool lo_forwarding = false;  ///< machines: the FIB is asked as lo (DESIGN §4)
  bool reassembly = false;     ///< machines: has the devices that put fragments together
  std::vector<net::InterfaceAddress> lo_addresses;  ///< sorted; 127.0.0.1 and ::1 left out
  std::vector<net::Route> routes;                   ///< sorted; only those with our protocol number
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

enum class VethRole : uint8_t { kBase, kLink };

/// A veth pair. kBase: ends in two machines. kLink: `a` is the vl in the node, `b` the backside in
/// the machine.
struct Veth {
  VethRole role = VethRole::kLink;
  std::string a_namespace, b_namespace;
  net::Device a, b;
  friend bool operator==(const Veth&, const Veth&) = default;
};

/// What the link layer knows of one end of one link: its egress template and its ingress key
/// (bpf/vi_abi.h).
struct LinkEnd {
  std::string backside;                     ///< device in the machine; identifies the entry
  net::Ipv4 base_source, base_destination;  ///< of what leaves here; what arrives has them swapped
  net::Ipv4 link_source, link_destination;
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
  std::string owner;                  ///< the base or internet: `lab`, `fig11`
  std::string machine;                ///< namespace of the machine: `lab.X`
  net::Ipv4 base_address;             ///< of the machine
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
