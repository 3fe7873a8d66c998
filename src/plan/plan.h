// The Plan: every decision taken. Where each node is, its addresses, its routes, every link's keys
// and MTU. Printing it, storing it and comparing it need no kernel; plan_json.h writes it and reads
// it back.
//
// The three address layers of one link (VI Figure 7), A on X, B on Y:
//
//        A ------------------ B          end addresses     A: identity 10.0.0.0, interface 10.0.0.1
//        q ================== r          link addresses    172.16.0.0 -> 172.16.0.1, on no device
//        X ~~~~~~~~~~~~~~~~~~ Y          base addresses    192.168.0.1 -> 192.168.0.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "net/ip.h"
#include "net/mac.h"
#include "net/objects.h"

namespace vinet::plan {

using graph::Annotations;
using graph::LinkId;
using graph::MachineId;
using graph::NodeId;
using graph::NodeKind;

struct MachinePlan {
  std::string name;
  net::Ipv4 base_address;  ///< /32 on lo
  uint32_t mtu_bytes = 1500;
  std::vector<net::Route>
      routes;            ///< to the base addresses of the other machines, over every loop-free link
  bool transit = true;   ///< do packets of others go through it? Only as_base.h makes others
  std::string daemon;    ///< of a fleet: where it is reached, `192.0.2.10:7411`
  bool drained = false;  ///< of a fleet: no node is placed on it any more
  friend bool operator==(const MachinePlan&, const MachinePlan&) = default;
};

struct BaseLinkEnd {
  MachineId machine;
  std::string device;  ///< in that machine: the neighbour's name where it fits
  net::Mac mac;
  net::Ipv4 address;  ///< point to point with the other end's
  friend bool operator==(const BaseLinkEnd&, const BaseLinkEnd&) = default;
};

struct BaseLinkPlan {
  std::string name;
  BaseLinkEnd a, b;
  uint32_t mtu_bytes = 1500;
  uint64_t rate_bps = 0;
  uint32_t cost = 1;
  friend bool operator==(const BaseLinkPlan&, const BaseLinkPlan&) = default;
};

struct BasePlan {
  std::string name;
  std::vector<MachinePlan> machines;
  std::vector<BaseLinkPlan> links;  ///< none of a fleet, whose network is not ours
  bool fleet = false;               ///< real machines with daemons of their own; else a lab
  friend bool operator==(const BasePlan&, const BasePlan&) = default;
};

/// A node's interface: one end of one link, as the node sees it. In the order of the node's links.
struct Interface {
  LinkId link;
  std::string device;  ///< the neighbour's name where it fits into 15 bytes and is unique
  net::Mac mac;
  net::Ipv4 address;
  std::optional<net::Ipv6> address6;
  friend bool operator==(const Interface&, const Interface&) = default;
};

struct NodePlan {
  std::string name;
  NodeKind kind = NodeKind::kHost;
  bool transit = false;
  MachineId machine;                   ///< of the base, or the node of the internet below
  net::Ipv4 identity;                  ///< on lo; what its name resolves to
  std::optional<net::Ipv6> identity6;  ///< absent where `ipv6 = off`
  net::IpPrefix block;                 ///< IPv4: identity, interfaces, reserve
  std::optional<net::IpPrefix> block6;
  std::vector<Interface> interfaces;
  std::vector<net::Route> routes;  ///< sorted; IPv4 before IPv6
  std::string run;                 ///< a command line for the shell, supervised; empty: none
  Annotations annotations;         ///< as described; nothing below the plan looks at them
  friend bool operator==(const NodePlan&, const NodePlan&) = default;
};

struct LinkEndPlan {
  NodeId node;
  uint32_t interface = 0;  ///< index into the node's interfaces
  net::Ipv4 link_address;
  net::Ipv4 base_address;  ///< of the machine that the node is on; its identity where it is a node
  friend bool operator==(const LinkEndPlan&, const LinkEndPlan&) = default;
};

struct LinkPlan {
  std::string name;
  LinkEndPlan a, b;
  uint32_t mtu_bytes = 1460;     ///< inside: path MTU less `overhead_bytes`, or as written
  uint32_t overhead_bytes = 40;  ///< two headers, 20 above the first layer: one; counted inside one
                                 ///< machine too, so that moving a node changes no MTU
  uint64_t rate_bps = 0;
  uint64_t delay_us = 0;
  uint32_t loss_ppb = 0;
  uint32_t cost = 1;
  bool ipv6 = true;
  bool local = false;  ///< both ends on one machine (lower node): nothing is put on a wire
  Annotations annotations;
  friend bool operator==(const LinkPlan&, const LinkPlan&) = default;
};

struct InternetPlan {
  std::string name;
  std::string base;                    ///< the name of a base, or of the internet below
  net::IpPrefix pool;                  ///< what the blocks were taken from
  std::optional<net::IpPrefix> pool6;  ///< absent where `ipv6 = off`
  std::vector<NodePlan> nodes;
  std::vector<LinkPlan> links;
  bool sitn_strict = false;  ///< no end address may repeat on a machine, not even hand-set ones
  uint64_t lease_s = 0;      ///< it is removed so long after it was brought up; 0 = never
  uint64_t share_bps = 0;    ///< guaranteed on each base link, each way; 0 = none
  bool flatten = true;       ///< as described
  bool flattened = false;    ///< stands on an internet, and has its backsides where that has them
  std::string unflattened_because;  ///< for people; "" where flattened, or on a base
  Annotations annotations;
  friend bool operator==(const InternetPlan&, const InternetPlan&) = default;
};

/// Bases before the internets that stand on them, lower internets before upper ones.
struct Plan {
  std::vector<BasePlan> bases;
  std::vector<InternetPlan> internets;
  friend bool operator==(const Plan&, const Plan&) = default;

  const BasePlan* find_base(const std::string& name) const;
  const InternetPlan* find_internet(const std::string& name) const;
};

}  // namespace vinet::plan
