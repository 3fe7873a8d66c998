// Devices and addresses: made, changed, deleted over rtnetlink.
//
// A veth pair is made by a socket of end a's namespace with end b's namespace as a descriptor in
// the request, so that neither end is ever seen anywhere else.
#include "kernel/linux_links.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/veth.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "kernel/names.h"

namespace vinet::kernel {
namespace {

std::string in(const std::string& netns) {
  return netns.empty() ? "" : " in " + netns;
}

/// What both ends of a veth are made with.
void describe_end(NetlinkMessage& message, const net::Device& device) {
  message.put_text(IFLA_IFNAME, device.name);
  message.put(IFLA_ADDRESS, device.mac.bytes.data(), device.mac.bytes.size());
  message.put_u32(IFLA_MTU, device.mtu_bytes);
}

void describe_flags(ifinfomsg& header, const net::Device& device) {
  header.ifi_family = AF_UNSPEC;
  header.ifi_change = IFF_NOARP;
  header.ifi_flags = device.arp ? 0 : IFF_NOARP;
}

Status set_alias(NetlinkSocket& socket, const net::Device& device) {
  NetlinkMessage message(RTM_NEWLINK, 0);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  message.put_text(IFLA_IFNAME, device.name);
  message.put_alias(device.alias);
  return socket.request(message);
}

/// Linux calls a multicast or zero MAC "address not available".
Status explained(Status status) {
  if (!status && status.error().sys_errno == EADDRNOTAVAIL) {
    status.error().code = Errc::kInvalidArgument;
  }
  return status;
}

/// Per-device IPv4 values, which a new namespace would take over from the computer's first one.
/// rp_filter is 0: the network layer is weak (VI §II.2.1). The rest are the kernel's own defaults,
/// whatever this computer was hardened with: a router sends redirects.
void put_ipv4_settings(NetlinkMessage& message, const net::Device& device) {
  message.begin(IFLA_AF_SPEC);
  message.begin(AF_INET);
  message.begin(IFLA_INET_CONF);
  message.put_u32(IPV4_DEVCONF_FORWARDING, device.forwarding ? 1 : 0);
  message.put_u32(IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, device.ignore_linkdown ? 1 : 0);
  message.put_u32(IPV4_DEVCONF_RP_FILTER, 0);
  if (device.name == "lo") {  // fragments of our own packets are made there (bpf/vi_backside.h)
    message.put_u32(IPV4_DEVCONF_ACCEPT_LOCAL, device.forwarding ? 1 : 0);
  }
  for (const uint16_t on : {IPV4_DEVCONF_SEND_REDIRECTS, IPV4_DEVCONF_ACCEPT_REDIRECTS,
                            IPV4_DEVCONF_SECURE_REDIRECTS, IPV4_DEVCONF_SHARED_MEDIA}) {
    message.put_u32(on, 1);
  }
  for (const uint16_t off : {IPV4_DEVCONF_PROXY_ARP, IPV4_DEVCONF_LOG_MARTIANS,
                             IPV4_DEVCONF_ROUTE_LOCALNET, IPV4_DEVCONF_BC_FORWARDING}) {
    message.put_u32(off, 0);
  }
  message.end();
  message.end();
  message.end();
}

/// Where devices are put that go together: one that no device of the namespace is in.
uint32_t free_group(const std::vector<LinkRow>& present) {
  constexpr uint32_t kFirst = 0x76690000;
  std::set<uint32_t> used;
  for (const LinkRow& link : present) used.insert(link.group);
  uint32_t group = kFirst;
  while (used.contains(group)) ++group;
  return group;
}

}  // namespace

int family_of(const net::IpAddress& address) {
  return net::is_ipv6(address) ? AF_INET6 : AF_INET;
}

void put_address(NetlinkMessage& message, uint16_t type, const net::IpAddress& address) {
  if (const auto* v4 = std::get_if<net::Ipv4>(&address)) {
    message.put_u32(type, htonl(v4->bits));
  } else {
    const auto& bytes = std::get_if<net::Ipv6>(&address)->bytes;
    message.put(type, bytes.data(), bytes.size());
  }
}

std::optional<net::IpAddress> address_in(const Attributes& attributes, uint16_t type) {
  const std::string_view bytes = attributes.bytes(type);
  if (bytes.size() == 4) return net::Ipv4{ntohl(*attributes.u32(type))};
  if (bytes.size() != 16) return std::nullopt;
  net::Ipv6 v6;
  std::memcpy(v6.bytes.data(), bytes.data(), bytes.size());
  return v6;
}

NetlinkMessage link_request(const std::string& name) {
  NetlinkMessage message(RTM_GETLINK, 0);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  if (!name.empty()) message.put_text(IFLA_IFNAME, name);
  message.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return message;
}

Result<LinkHandle> find_link(NetlinkSocket& socket, const std::string& name) {
  NetlinkMessage request = link_request(name);
  LinkHandle link;
  Status found = socket.get(request, [&](const nlmsghdr* answer) {
    const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(answer));
    link = {header->ifi_index, (header->ifi_flags & IFF_UP) != 0};
  });
  if (!found) return std::move(found).error().within("find device " + name);
  return link;
}

Status delete_link(NetlinkSocket& socket, const std::string& name) {
  NetlinkMessage message(RTM_DELLINK, 0);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  message.put_text(IFLA_IFNAME, name);
  return socket.request(message);
}

Status LinuxLinks::create_veth(const std::string& a_netns, const net::Device& a,
                               const std::string& b_netns, const net::Device& b) {
  TRY(context_.calls().count("links.create_veth " + a_netns + " " + a.name + " " + b_netns + " " +
                             b.name));
  const std::string attempt = "create veth " + a.name + in(a_netns) + " - " + b.name + in(b_netns);
  for (const net::Device* end : {&a, &b}) {
    TRY_IN(attempt, check_device_name(end->name));
    TRY_IN(attempt, check_alias(end->alias));
  }
  ASSIGN_OR_RETURN(const auto a_space, context_.open(a_netns));
  ASSIGN_OR_RETURN(const auto b_space, context_.open(b_netns));

  NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  describe_flags(message.header<ifinfomsg>(), a);
  describe_end(message, a);
  message.begin(IFLA_LINKINFO);
  message.put_text(IFLA_INFO_KIND, "veth");
  message.begin(IFLA_INFO_DATA);
  message.begin(VETH_INFO_PEER);
  describe_flags(message.header<ifinfomsg>(), b);
  describe_end(message, b);
  message.put_u32(IFLA_NET_NS_FD, static_cast<uint32_t>(b_space->fd.get()));
  message.end();
  message.end();
  message.end();
  TRY_IN(attempt, explained(a_space->route.request(message)));

  Status marked = set_alias(a_space->route, a);
  if (marked) marked = set_alias(b_space->route, b);
  if (!marked) {
    // The pair is ours and a moment old; should even this fail, it goes with its namespace.
    if (Status undone = delete_link(a_space->route, a.name); !undone) {
      marked.error().message += "; and it could not be deleted: " + undone.error().message;
    }
    return std::move(marked).error().within(attempt + ": alias");
  }
  return ok();
}

Status LinuxLinks::configure_device(const std::string& netns, const net::Device& device) {
  TRY(context_.calls().count("links.configure_device " + netns + " " + device.name));
  const std::string attempt = "configure device " + device.name + in(netns);
  TRY_IN(attempt, check_alias(device.alias));
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));

  // One message, called by name: the kernel takes the flags after the rest.
  NetlinkMessage message(RTM_NEWLINK, 0);
  auto& header = message.header<ifinfomsg>();
  header.ifi_family = AF_UNSPEC;
  header.ifi_change = IFF_UP;
  header.ifi_flags = device.up ? IFF_UP : 0;
  message.put_text(IFLA_IFNAME, device.name);
  if (device.name != "lo") {
    header.ifi_change |= IFF_NOARP;
    header.ifi_flags |= device.arp ? 0 : IFF_NOARP;
    message.put(IFLA_ADDRESS, device.mac.bytes.data(), device.mac.bytes.size());
    message.put_u32(IFLA_MTU, device.mtu_bytes);
    message.put_u32(IFLA_GSO_MAX_SIZE, device.gso_max_bytes);
  }
  message.put_alias(device.alias);
  put_ipv4_settings(message, device);
  TRY_IN(attempt, explained(space->route.request(message)));
  return ok();
}

Status LinuxLinks::forbid_ipv6(const std::string& netns, const std::string& name) {
  TRY(context_.calls().count("links.forbid_ipv6 " + netns + " " + name));
  const std::string attempt = "take IPv6 off device " + name + in(netns);
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  const auto found = find_link(space->route, name);
  if (!found) return Error(found.error()).within(attempt);
  return context_.run_inside(netns, [&]() -> Status {
    const std::string path = "/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6";
    const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return ok();  // no IPv6 here, or an MTU too small for it
    if (!file) return errno_error(attempt + ": open " + path, errno);
    if (write(file.get(), "1", 1) != 1) return errno_error(attempt + ": write " + path, errno);
    return ok();
  });
}

Status LinuxLinks::delete_device(const std::string& netns, const std::string& name) {
  TRY(context_.calls().count("links.delete_device " + netns + " " + name));
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  TRY_IN("delete device " + name + in(netns), delete_link(space->route, name));
  return ok();
}

// What a deletion costs is the wait for all who may still look at the device. The kernel waits once
// for a whole group, so the devices are put into one that nobody uses.
Status LinuxLinks::delete_devices(const std::string& netns, const std::vector<std::string>& names) {
  TRY(context_.calls().count("links.delete_devices " + netns));
  const std::string attempt = "delete " + std::to_string(names.size()) + " devices" + in(netns);
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  ASSIGN_OR_RETURN(const std::vector<LinkRow> present, list_links(space->route));
  const uint32_t group = free_group(present);
  const std::set<std::string> going(names.begin(), names.end());
  std::vector<NetlinkMessage> moves;
  for (const LinkRow& link : present) {
    if (!going.contains(link.name)) continue;
    NetlinkMessage& move = moves.emplace_back(RTM_NEWLINK, 0);
    move.header<ifinfomsg>().ifi_index = link.ifindex;
    move.put_u32(IFLA_GROUP, group);
  }
  if (moves.empty()) return ok();
  for (Status& moved : space->route.request_all(moves)) {
    if (!moved && moved.error().code != Errc::kNotFound) {
      return std::move(moved).error().within(attempt);
    }
  }
  NetlinkMessage message(RTM_DELLINK, 0);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  message.put_u32(IFLA_GROUP, group);
  Status deleted = space->route.request(message);
  if (!deleted && deleted.error().code == Errc::kNotFound) return ok();  // another was quicker
  TRY_IN(attempt, std::move(deleted));
  return ok();
}

}  // namespace vinet::kernel
