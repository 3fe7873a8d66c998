// What devices and addresses a namespace has, as values that compare equal to what was asked for.
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/ip.h>

#include <algorithm>
#include <cstring>

#include "kernel/linux_links.h"

namespace vinet::kernel {
namespace {

const net::IpPrefix kLinkLocal6 = *net::parse_prefix("fe80::/10");

/// Value `id` (IPV4_DEVCONF_...) of a device, from the array in IFLA_AF_SPEC.
bool ipv4_setting(const Attributes& link, int id) {
  const std::string_view values = link.nested(IFLA_AF_SPEC).nested(AF_INET).bytes(IFLA_INET_CONF);
  const size_t at = static_cast<size_t>(id - 1) * sizeof(uint32_t);
  uint32_t value = 0;
  if (values.size() >= at + sizeof value) std::memcpy(&value, values.data() + at, sizeof value);
  return value != 0;
}

ObservedDevice device_in(const nlmsghdr* message) {
  const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
  const Attributes link(message, sizeof *header);
  ObservedDevice observed;
  observed.ifindex = static_cast<uint32_t>(header->ifi_index);
  observed.kind = link.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND);
  if (header->ifi_type == ARPHRD_LOOPBACK) observed.kind = "loopback";
  observed.carrier = link.u8(IFLA_CARRIER).value_or(0) != 0;
  if (observed.kind == "veth") observed.peer_ifindex = link.u32(IFLA_LINK).value_or(0);

  net::Device& device = observed.device;
  device.name = link.text(IFLA_IFNAME);
  device.alias = link.text(IFLA_IFALIAS);
  const std::string_view mac = link.bytes(IFLA_ADDRESS);
  std::memcpy(device.mac.bytes.data(), mac.data(), std::min(mac.size(), device.mac.bytes.size()));
  device.mtu_bytes = link.u32(IFLA_MTU).value_or(0);
  device.up = (header->ifi_flags & IFF_UP) != 0;
  device.arp = (header->ifi_flags & IFF_NOARP) == 0;
  device.gso_max_bytes = link.u32(IFLA_GSO_MAX_SIZE).value_or(0);
  device.forwarding =
      ipv4_setting(link, IPV4_DEVCONF_FORWARDING) &&
      (header->ifi_type != ARPHRD_LOOPBACK || ipv4_setting(link, IPV4_DEVCONF_ACCEPT_LOCAL));
  device.ignore_linkdown = ipv4_setting(link, IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN);
  return observed;
}

/// 127.0.0.1/8 and ::1/128, which the kernel itself gives to lo.
bool is_loopback_address(const net::InterfaceAddress& address) {
  return address.local == net::IpAddress(net::Ipv4{0x7f000001}) ||
         address.local == net::IpAddress(*net::parse_ipv6("::1"));
}

/// `addresses` and `qdiscs`: those of this device.
void add_details(ObservedDevice& observed, const std::vector<ObservedAddress>& addresses,
                 const std::vector<ObservedQdisc>& qdiscs) {
  net::Device& device = observed.device;
  for (const auto& [ifindex, address] : addresses) {
    if (observed.kind == "loopback" && is_loopback_address(address)) continue;
    device.addresses.push_back(address);
  }
  std::sort(device.addresses.begin(), device.addresses.end());
  device.shaping = shaping_of(qdiscs);
}

/// What only the classes of an HTB of ours say.
Status add_shares(NetlinkSocket& socket, const std::vector<ObservedQdisc>& qdiscs,
                  ObservedDevice& observed) {
  if (std::none_of(qdiscs.begin(), qdiscs.end(), is_htb_of_ours)) return ok();
  ASSIGN_OR_RETURN(ObservedHtb htb, read_htb(socket, static_cast<int>(observed.ifindex)));
  observed.device.shaping.rate_bps = htb.rate_bps;
  observed.shares = std::move(htb.shares);
  return ok();
}

template <typename Object>
std::map<int, std::vector<Object>> by_device(const std::vector<Object>& objects) {
  std::map<int, std::vector<Object>> groups;
  for (const Object& object : objects) groups[object.ifindex].push_back(object);
  return groups;
}

}  // namespace

Result<std::vector<ObservedAddress>> list_addresses(NetlinkSocket& socket, int ifindex) {
  NetlinkMessage message(RTM_GETADDR, 0);
  message.header<ifaddrmsg>().ifa_index = static_cast<uint32_t>(ifindex);
  std::vector<ObservedAddress> found;
  TRY(socket.dump(
      message, [&] { found.clear(); },
      [&](const nlmsghdr* answer) {
        const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(answer));
        const int device = static_cast<int>(header->ifa_index);
        if (ifindex != 0 && device != ifindex) return;
        const Attributes attributes(answer, sizeof *header);
        const auto far = address_in(attributes, IFA_ADDRESS);
        const auto local = address_in(attributes, IFA_LOCAL);
        if (!far && !local) return;
        net::InterfaceAddress address;
        address.local = local.value_or(*far);
        if (far && *far != address.local) address.peer = far;
        address.prefix_length = header->ifa_prefixlen;
        if (net::contains(kLinkLocal6, address.local)) return;
        found.push_back({device, address});
      }));
  return found;
}

Result<std::vector<LinkRow>> list_links(NetlinkSocket& socket) {
  NetlinkMessage request = link_request("");
  std::vector<LinkRow> links;
  TRY(socket.dump(
      request, [&] { links.clear(); },
      [&](const nlmsghdr* answer) {
        const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(answer));
        const Attributes link(answer, sizeof *header);
        links.push_back(
            {header->ifi_index, link.text(IFLA_IFNAME), link.u32(IFLA_GROUP).value_or(0)});
      }));
  return links;
}

Result<std::map<int, std::string>> device_names(NetlinkSocket& socket) {
  ASSIGN_OR_RETURN(std::vector<LinkRow> links, list_links(socket));
  std::map<int, std::string> names;
  for (LinkRow& link : links) names[link.ifindex] = std::move(link.name);
  return names;
}

Result<std::vector<ObservedDevice>> LinuxLinks::list_devices(const std::string& netns) {
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  NetlinkMessage request = link_request("");
  std::vector<ObservedDevice> devices;
  TRY_IN("list devices of " + netns,
         space->route.dump(
             request, [&] { devices.clear(); },
             [&](const nlmsghdr* answer) { devices.push_back(device_in(answer)); }));
  ASSIGN_OR_RETURN(const auto all_addresses, list_addresses(space->route, 0));
  ASSIGN_OR_RETURN(const auto all_qdiscs, list_qdiscs(space->route));
  auto addresses = by_device(all_addresses);
  auto qdiscs = by_device(all_qdiscs);
  std::sort(devices.begin(), devices.end(),
            [](const auto& one, const auto& other) { return one.ifindex < other.ifindex; });
  for (ObservedDevice& device : devices) {
    const int ifindex = static_cast<int>(device.ifindex);
    add_details(device, addresses[ifindex], qdiscs[ifindex]);
    TRY_IN("list devices of " + netns, add_shares(space->route, qdiscs[ifindex], device));
  }
  return devices;
}

Result<ObservedDevice> LinuxLinks::find_device(const std::string& netns, const std::string& name) {
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  NetlinkMessage request = link_request(name);
  ObservedDevice device;
  TRY_IN("find device " + name + " in " + netns,
         space->route.get(request, [&](const nlmsghdr* answer) { device = device_in(answer); }));
  const int ifindex = static_cast<int>(device.ifindex);
  ASSIGN_OR_RETURN(const auto addresses, list_addresses(space->route, ifindex));
  ASSIGN_OR_RETURN(const auto qdiscs, list_qdiscs_of(space->route, ifindex));
  add_details(device, addresses, qdiscs);
  TRY_IN("find device " + name + " in " + netns, add_shares(space->route, qdiscs, device));
  return device;
}

Result<std::vector<net::IpPrefix>> LinuxLinks::used_prefixes(const std::string& netns) {
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  const net::IpPrefix local4 = *net::parse_prefix("127.0.0.0/8");
  const net::IpPrefix link_local4 = *net::parse_prefix("169.254.0.0/16");
  const net::IpPrefix local6 = *net::parse_prefix("::1/128");
  const net::IpPrefix multicast4 = *net::parse_prefix("224.0.0.0/4");
  const net::IpPrefix multicast6 = *net::parse_prefix("ff00::/8");
  std::vector<net::IpPrefix> used;
  const auto note = [&](const net::IpPrefix& prefix) {
    for (const auto& other : {local4, link_local4, local6, multicast4, multicast6, kLinkLocal6}) {
      if (net::contains(other, prefix.network) && prefix.length >= other.length) return;
    }
    if (prefix.length > 0) used.push_back(prefix);
  };

  ASSIGN_OR_RETURN(const auto addresses, list_addresses(space->route, 0));
  for (const auto& [ifindex, address] : addresses) {
    note(net::host_prefix(address.local));
    note(net::prefix_of(address.peer.value_or(address.local), address.prefix_length));
  }
  for (const int family : {AF_INET, AF_INET6}) {
    NetlinkMessage message(RTM_GETROUTE, 0);
    message.header<rtmsg>().rtm_family = static_cast<uint8_t>(family);
    Status listed = space->route.dump(
        message, [] {},
        [&](const nlmsghdr* answer) {
          const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(answer));
          if (header->rtm_family != family || (header->rtm_flags & RTM_F_CLONED) != 0) return;
          if (header->rtm_type == RTN_MULTICAST || header->rtm_type == RTN_BROADCAST) return;
          if (header->rtm_type == RTN_LOCAL || header->rtm_type == RTN_ANYCAST) return;
          const auto to = address_in(Attributes(answer, sizeof *header), RTA_DST);
          if (to) note(net::prefix_of(*to, header->rtm_dst_len));
        });
    if (!listed && listed.error().code != Errc::kUnimplemented) {
      return std::move(listed).error().within("list routes of " + netns);
    }
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

}  // namespace vinet::kernel
