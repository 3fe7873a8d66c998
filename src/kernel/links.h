// Door 2: devices, addresses, routes and queues of a namespace, over rtnetlink.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/inspect.h"
#include "net/objects.h"
#include "support/result.h"

namespace vinet::kernel {

/// A device as the kernel shows it.
struct ObservedDevice {
  net::Device device;  ///< addresses without IPv6 link-locals that the kernel made, and without
                       ///< lo's 127.0.0.1 and ::1
  uint32_t ifindex = 0;
  uint32_t peer_ifindex = 0;  ///< of a veth; in the peer's namespace
  std::string kind;           ///< `veth`, `loopback`, ...
  bool carrier = false;
  std::vector<net::Share> shares;  ///< sorted by id
  friend bool operator==(const ObservedDevice&, const ObservedDevice&) = default;
};

/// Are the devices there, and up, that make_reassembly makes?
bool reassembles(const std::vector<ObservedDevice>& devices);

/// What is asked of the addresses of a namespace.
struct AddressChange {
  enum class What : uint8_t { kAdd, kDelete };
  What what = What::kAdd;
  std::string device;
  net::InterfaceAddress address;
};

/// What is asked of its routes.
struct RouteChange {
  /// kReplace: puts the route in the place of the one with its destination and metric in one step,
  /// so that no packet is without a way in between; adds it where there is none.
  enum class What : uint8_t { kAdd, kReplace, kDelete };
  What what = What::kAdd;
  net::Route route;
};

class Links {
 public:
  virtual ~Links() = default;

  virtual Result<std::vector<ObservedDevice>> list_devices(const std::string& netns) = 0;
  /// One device by name; not_found if there is none.
  virtual Result<ObservedDevice> find_device(const std::string& netns, const std::string& name) = 0;

  /// Makes a veth pair, both ends down, with their names, MACs, MTUs and ARP flags, then their
  /// aliases. Errors: already_exists if a name is taken in its namespace. On error no device
  /// remains.
  virtual Status create_veth(const std::string& a_netns, const net::Device& a,
                             const std::string& b_netns, const net::Device& b) = 0;
  /// Gives a device alias, MTU, MAC, ARP flag, GSO limit, IPv4 forwarding, ignore_linkdown, and at
  /// last up or down; not its addresses, not its shaping. Also for lo (only alias, forwarding, up).
  virtual Status configure_device(const std::string& netns, const net::Device& device) = 0;
  /// Takes IPv6 off one device of a namespace that has it: no link-local address, no solicitations.
  /// To be called while the device is down. Nothing to do where the kernel or the device has none.
  virtual Status forbid_ipv6(const std::string& netns, const std::string& name) = 0;
  /// Makes the devices that put a machine's fragments together, in the place of what there is of
  /// them, and brings them up. On error none of them remains.
  virtual Status make_reassembly(const std::string& netns) = 0;
  /// Deletes a device; of a veth, both ends.
  virtual Status delete_device(const std::string& netns, const std::string& name) = 0;
  /// Deletes many for little more than what one costs, 17 ms; those that are not there are gone
  /// already.
  virtual Status delete_devices(const std::string& netns,
                                const std::vector<std::string>& names) = 0;

  /// Many at once, in their order, as if each were asked for alone: what one meets does not keep
  /// the later ones from being tried. One answer for each. IPv6 addresses are made without
  /// duplicate address detection.
  virtual std::vector<Status> change_addresses(const std::string& netns,
                                               const std::vector<AddressChange>& changes) = 0;
  Status add_address(const std::string& netns, const std::string& device,
                     const net::InterfaceAddress& address) {
    return change_addresses(netns, {{AddressChange::What::kAdd, device, address}}).front();
  }
  Status delete_address(const std::string& netns, const std::string& device,
                        const net::InterfaceAddress& address) {
    return change_addresses(netns, {{AddressChange::What::kDelete, device, address}}).front();
  }

  /// Routes with kRouteProtocol only, sorted.
  virtual Result<std::vector<net::Route>> list_routes(const std::string& netns) = 0;
  /// As change_addresses.
  virtual std::vector<Status> change_routes(const std::string& netns,
                                            const std::vector<RouteChange>& changes) = 0;
  Status add_route(const std::string& netns, const net::Route& route) {
    return change_routes(netns, {{RouteChange::What::kAdd, route}}).front();
  }
  Status replace_route(const std::string& netns, const net::Route& route) {
    return change_routes(netns, {{RouteChange::What::kReplace, route}}).front();
  }
  Status delete_route(const std::string& netns, const net::Route& route) {
    return change_routes(netns, {{RouteChange::What::kDelete, route}}).front();
  }

  /// Makes the root qdisc what `shaping` says; both 0 removes ours. unimplemented if the kernel
  /// lacks the qdisc.
  virtual Status set_shaping(const std::string& netns, const std::string& device,
                             const net::Shaping& shaping) = 0;
  /// Guarantees a share of the device's rate to packets of priority net::share_priority(id); rate 0
  /// takes it back. Errors: failed_precondition where the device has no rate; unimplemented if the
  /// kernel lacks htb.
  virtual Status set_share(const std::string& netns, const std::string& device,
                           const net::Share& share) = 0;

  /// Can this kernel make qdiscs of this kind (`tbf`, `netem`)? Tried in a scratch namespace,
  /// nothing remains.
  virtual Result<bool> has_qdisc(const std::string& kind) = 0;

  /// Addresses of all devices and destinations of all routes of a namespace, without default
  /// routes, multicast, link-locals and 127/8: what an allocation must keep away from.
  virtual Result<std::vector<net::IpPrefix>> used_prefixes(const std::string& netns) = 0;

  /// The device by which a packet between these addresses that is not of the namespace's own would
  /// leave it: what a program asking its FIB as lo is told. Nothing where there is no way out.
  /// Needs forwarding on lo.
  virtual Result<std::optional<std::string>> find_way(const std::string& netns, net::Ipv4 source,
                                                      net::Ipv4 destination) = 0;

  /// Everything that decides where a packet goes, whoever made it. Dearer than all other looks.
  virtual Result<Inspection> inspect(const std::string& netns) = 0;
};

}  // namespace vinet::kernel
