// The real door 2: rtnetlink. What is made and changed is in linux_links.cc, what is read in
// linux_observe.cc; routes and queues have files of their own.
#pragma once

#include <linux/rtnetlink.h>

#include "kernel/links.h"
#include "kernel/linux_context.h"

namespace vinet::kernel {

class LinuxLinks final : public Links {
 public:
  explicit LinuxLinks(LinuxContext& context) : context_(context) {}

  Result<std::vector<ObservedDevice>> list_devices(const std::string& netns) override;
  Result<ObservedDevice> find_device(const std::string& netns, const std::string& name) override;
  Status create_veth(const std::string& a_netns, const net::Device& a, const std::string& b_netns,
                     const net::Device& b) override;
  Status configure_device(const std::string& netns, const net::Device& device) override;
  Status forbid_ipv6(const std::string& netns, const std::string& name) override;
  Status make_reassembly(const std::string& netns) override;
  Status delete_device(const std::string& netns, const std::string& name) override;
  Status delete_devices(const std::string& netns, const std::vector<std::string>& names) override;
  std::vector<Status> change_addresses(const std::string& netns,
                                       const std::vector<AddressChange>& changes) override;
  Result<std::optional<std::string>> find_way(const std::string& netns, net::Ipv4 source,
                                              net::Ipv4 destination) override;
  Result<std::vector<net::Route>> list_routes(const std::string& netns) override;
  std::vector<Status> change_routes(const std::string& netns,
                                    const std::vector<RouteChange>& changes) override;
  Status set_shaping(const std::string& netns, const std::string& device,
                     const net::Shaping& shaping) override;
  Status set_share(const std::string& netns, const std::string& device,
                   const net::Share& share) override;
  Result<bool> has_qdisc(const std::string& kind) override;
  Result<std::vector<net::IpPrefix>> used_prefixes(const std::string& netns) override;
  Result<Inspection> inspect(const std::string& netns) override;

 private:
  LinuxContext& context_;
};

// The same on a socket, for all files of the doors.

/// Asks for a device, or where `name` is empty for all; without their counters.
NetlinkMessage link_request(const std::string& name);

/// A device as far as most requests need to know it.
struct LinkHandle {
  int ifindex = 0;
  bool up = false;
};
/// Errors: not_found if there is no such device.
Result<LinkHandle> find_link(NetlinkSocket& socket, const std::string& name);

/// Deletes a device; of a veth, both ends. Errors: not_found if there is no such device.
Status delete_link(NetlinkSocket& socket, const std::string& name);

/// What make_reassembly does.
Status make_reassembly_devices(NetlinkSocket& socket);

/// A device among all of its namespace.
struct LinkRow {
  int ifindex = 0;
  std::string name;
  uint32_t group = 0;
};
Result<std::vector<LinkRow>> list_links(NetlinkSocket& socket);
/// Their names by ifindex.
Result<std::map<int, std::string>> device_names(NetlinkSocket& socket);

struct ObservedAddress {
  int ifindex = 0;
  net::InterfaceAddress address;
};
/// Addresses of one device, or of all if `ifindex` is 0; without IPv6 link-locals.
Result<std::vector<ObservedAddress>> list_addresses(NetlinkSocket& socket, int ifindex);

/// A root qdisc, and the child of a netem.
struct ObservedQdisc {
  int ifindex = 0;
  uint32_t handle = 0;
  uint32_t parent = 0;
  uint32_t ingress_block = 0;  ///< of a clsact; 0 = none
  std::string kind;
  net::Shaping shaping;  ///< what this qdisc alone does
};
/// All qdiscs of a namespace.
Result<std::vector<ObservedQdisc>> list_qdiscs(NetlinkSocket& socket);
/// The root qdisc of a device and, of a netem of ours, the one inside.
Result<std::vector<ObservedQdisc>> list_qdiscs_of(NetlinkSocket& socket, int ifindex);
Status put_tbf_root(NetlinkSocket& socket, int ifindex, uint64_t rate_bps);

// linux_htb.cc: a rate with shares.
bool is_htb_of_ours(const ObservedQdisc& qdisc);
/// Rate and shares of a device whose root is an HTB of ours.
struct ObservedHtb {
  uint64_t rate_bps = 0;
  std::vector<net::Share> shares;  ///< sorted
};
Result<ObservedHtb> read_htb(NetlinkSocket& socket, int ifindex);
/// Gives an HTB that is there another rate.
Status set_htb_rate(NetlinkSocket& socket, int ifindex, uint64_t rate_bps);

/// A route of any table and protocol, in linux_routes.cc; `type` is left empty.
AnyRoute any_route_in(const nlmsghdr* message, const std::map<int, std::string>& device_names);

/// What the qdiscs of one device do together, ours or not.
net::Shaping shaping_of(const std::vector<ObservedQdisc>& qdiscs);

// Addresses in attributes: 4 or 16 bytes in network order.
int family_of(const net::IpAddress& address);
void put_address(NetlinkMessage& message, uint16_t type, const net::IpAddress& address);
/// Nothing if the attribute is absent or of an odd length.
std::optional<net::IpAddress> address_in(const Attributes& attributes, uint16_t type);

}  // namespace vinet::kernel
