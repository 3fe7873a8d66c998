// What a network namespace is made of, as values: the words in which a slice says what should be,
// and in which the doors to the kernel say what is. Equal values mean that nothing needs to change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/ip.h"
#include "net/mac.h"

namespace vinet::net {

/// An address of a device. Point to point where `peer` is set: `10.0.0.1 peer 10.0.0.17/32`.
struct InterfaceAddress {
  IpAddress local;
  std::optional<IpAddress> peer;
  uint8_t prefix_length = 32;  ///< of the peer where there is one, else of `local`
  friend auto operator<=>(const InterfaceAddress&, const InterfaceAddress&) = default;
};

enum class RouteType : uint8_t { kUnicast, kUnreachable };

/// Where a route sends packets.
struct NextHop {
  IpAddress via;
  std::string device;
  friend auto operator<=>(const NextHop&, const NextHop&) = default;
};

/// A route of ours: in the main table, marked with kRouteProtocol.
struct Route {
  IpPrefix destination;
  uint32_t metric = 0;  ///< lower is better; IPv6 routes made with 0 read back as 1024, so plans
                        ///< never use 0 for IPv6
  RouteType type = RouteType::kUnicast;
  std::optional<IpAddress> via;     ///< next hop; on-link where absent
  std::string device;               ///< empty for kUnreachable
  std::optional<IpAddress> source;  ///< preferred source of packets that start here
  /// Next hops that share the traffic with `via` and `device`, which is the least of all: sorted,
  /// each once. Empty unless paths of equal cost lead to the destination (ECMP).
  std::vector<NextHop> others = {};
  friend auto operator<=>(const Route&, const Route&) = default;
};

/// The route protocol number (rtm_protocol) that marks routes as vinet's.
/// Unassigned in rtnetlink.h and in iproute2's rt_protos.
inline constexpr uint8_t kRouteProtocol = 76;

/// The devices of a machine that put fragments together: fragments go into the first, whole packets
/// come out of the last. `vi_parts_p` is only the other end of the first one's veth pair.
inline constexpr const char* kPartsDevice = "vi_parts";
inline constexpr const char* kPartsPeerDevice = "vi_parts_p";
inline constexpr const char* kWholeDevice = "vi_whole";

/// What limits a device's egress. None of it set: the device keeps the kernel's default qdisc.
struct Shaping {
  uint64_t rate_bps = 0;  ///< tbf; 0 = unlimited
  uint64_t delay_us = 0;  ///< netem; 0 = none
  friend auto operator<=>(const Shaping&, const Shaping&) = default;
};

/// What is guaranteed to some of a device's packets when it is busy, less than all of its rate.
struct Share {
  uint16_t id = 0;  ///< kFirstShare or more; whose it is
  uint64_t rate_bps = 0;
  friend auto operator<=>(const Share&, const Share&) = default;
};

inline constexpr uint16_t kFirstShare = 16;
/// skb->priority of packets that have the share: the class of an HTB whose handle is ours. What has
/// another priority shares what is left over.
constexpr uint32_t share_priority(uint16_t id) {
  return 0x766cU << 16 | id;
}

/// One end of a veth pair.
struct Device {
  std::string name;   ///< at most 15 bytes
  std::string alias;  ///< our mark: `vinet:<internet or base>:<link>@<node or machine>`
  Mac mac;
  uint32_t mtu_bytes = 1500;
  bool up = true;
  bool arp = true;          ///< false: NOARP, the neighbour is whoever is at the other end
  bool forwarding = false;  ///< IPv4 forwarding of what comes in here; of lo also accept_local
  /// Routes over this device are passed by while its carrier is down.
  bool ignore_linkdown = false;
  uint32_t gso_max_bytes = 65536;
  Shaping shaping;
  /// Sorted. IPv6 link-locals that the kernel makes are not ours: left out.
  std::vector<InterfaceAddress> addresses;
  friend bool operator==(const Device&, const Device&) = default;
};

/// Settings of a namespace that exist only in /proc/sys/net, read and written in one visit.
struct NamespaceSettings {
  bool ipv6 = true;              ///< false: disable_ipv6 for all devices, present and to come
  bool ipv6_forwarding = false;  ///< net.ipv6.conf.all.forwarding
  /// icmp_ratemask = 0, IPv6 icmp ratelimit = 0: a traceroute is complete.
  bool icmp_unlimited = true;
  bool rp_filter_off = true;  ///< conf.all.rp_filter = 0: the network layer is weak (VI §II.2.1)
  friend bool operator==(const NamespaceSettings&, const NamespaceSettings&) = default;
};

}  // namespace vinet::net
