// The devices that put fragments together (bpf/vi_fragment.h): a veth pair whose one end has a
// macvlan on top.
//
//     vi_parts_p ====== vi_parts   <-- fragments, as broadcast
//                          |
//                       vi_whole   --> whole packets, to vi_base
//
// Only macvlan matters; a veth end is the plainest device to put it on.
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/veth.h>

#include "kernel/linux_links.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kLargestMtuBytes = 65535;

void describe(NetlinkMessage& message, const char* name) {
  const net::Mac mac = net::mac_from(name);  // of no meaning beyond this machine
  message.put_text(IFLA_IFNAME, name);
  message.put(IFLA_ADDRESS, mac.bytes.data(), mac.bytes.size());
  message.put_u32(IFLA_MTU, kLargestMtuBytes);
}

Status make_pair(NetlinkSocket& socket) {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  describe(message, net::kPartsDevice);
  message.begin(IFLA_LINKINFO);
  message.put_text(IFLA_INFO_KIND, "veth");
  message.begin(IFLA_INFO_DATA);
  message.begin(VETH_INFO_PEER);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  describe(message, net::kPartsPeerDevice);
  message.end();
  message.end();
  message.end();
  return socket.request(message);
}

Status make_macvlan(NetlinkSocket& socket) {
  ASSIGN_OR_RETURN(const LinkHandle parts, find_link(socket, net::kPartsDevice));
  NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.header<ifinfomsg>().ifi_family = AF_UNSPEC;
  message.put_text(IFLA_IFNAME, net::kWholeDevice);  // its MAC is that of vi_parts
  message.put_u32(IFLA_MTU, kLargestMtuBytes);
  message.put_u32(IFLA_LINK, static_cast<uint32_t>(parts.ifindex));
  message.begin(IFLA_LINKINFO);
  message.put_text(IFLA_INFO_KIND, "macvlan");
  message.begin(IFLA_INFO_DATA);
  // Of all modes this one leaves vi_parts out of promiscuous mode, of which the kernel would tell.
  message.put_u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_PASSTHRU);
  const uint16_t flags = MACVLAN_FLAG_NOPROMISC;
  message.put(IFLA_MACVLAN_FLAGS, &flags, sizeof flags);
  message.end();
  message.end();
  return socket.request(message);
}

/// Up. What macvlan has taken a copy of also goes up the stack from vi_parts: there it is dropped,
/// as unicast in a broadcast frame.
Status raise(NetlinkSocket& socket, const char* name) {
  NetlinkMessage message(RTM_NEWLINK, 0);
  auto& header = message.header<ifinfomsg>();
  header.ifi_family = AF_UNSPEC;
  header.ifi_change = IFF_UP;
  header.ifi_flags = IFF_UP;
  message.put_text(IFLA_IFNAME, name);
  message.begin(IFLA_AF_SPEC);
  message.begin(AF_INET);
  message.begin(IFLA_INET_CONF);
  message.put_u32(IPV4_DEVCONF_FORWARDING, 0);
  message.put_u32(IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, 1);
  message.end();
  message.end();
  message.end();
  return socket.request(message);
}

}  // namespace

Status make_reassembly_devices(NetlinkSocket& socket) {
  for (const char* name : {net::kWholeDevice, net::kPartsDevice}) {
    Status gone = delete_link(socket, name);
    if (!gone && gone.error().code != Errc::kNotFound) return gone;
  }
  TRY(make_pair(socket));
  const auto finish = [&]() -> Status {
    TRY_IN("make a macvlan device", make_macvlan(socket));
    for (const char* name : {net::kPartsPeerDevice, net::kPartsDevice, net::kWholeDevice}) {
      TRY_IN(std::string("set up ") + name, raise(socket, name));
    }
    return ok();
  };
  Status made = finish();
  if (made) return made;
  if (const Status undone = delete_link(socket, net::kPartsDevice); !undone) {
    made.error().message += "; and its veth pair remains: " + undone.error().message;
  }
  return made;
}

Status LinuxLinks::make_reassembly(const std::string& netns) {
  TRY(context_.calls().count("links.make_reassembly " + netns));
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  TRY_IN("make the reassembly of " + netns, make_reassembly_devices(space->route));
  return ok();
}

}  // namespace vinet::kernel
