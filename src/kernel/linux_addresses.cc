// Addresses of devices, added and deleted over rtnetlink, all of a namespace in one go.
//
// Linux adds the route to the peer of an IPv6 address a moment after the address, from a work queue
// (addrconf_dad_work), with memory that it must not wait for: where thousands of namespaces are
// made at once there is none, the route is missing for good, and nobody is told. So the same route
// is asked for here, with the address; whoever comes second finds it there.
//
// Every 30 s Linux forgets what path MTUs IPv6 has learned by a gateway that is not known as a
// router (rt6_age_examine_exception). On a device without ARP nobody ever says that he is one, so
// the peer is entered as a neighbour that is a router. Such an entry is permanent and not counted
// in gc_thresh3, which all namespaces of a computer share.
#include <linux/if_addr.h>
#include <linux/neighbour.h>

#include <cerrno>

#include "kernel/linux_batch.h"
#include "kernel/linux_links.h"

namespace vinet::kernel {
namespace {

std::string in(const std::string& netns) {
  return netns.empty() ? "" : " in " + netns;
}

std::string text_of(const net::InterfaceAddress& address) {
  std::string text = net::to_string(address.local);
  if (address.peer) text += " peer " + net::to_string(*address.peer);
  return text + "/" + std::to_string(address.prefix_length);
}

Result<NetlinkMessage> address_request(DeviceNumbers& numbers, const AddressChange& change) {
  const auto& [what, device, address] = change;
  const bool add = what == AddressChange::What::kAdd;
  ASSIGN_OR_RETURN(const int ifindex, numbers.of(device));
  NetlinkMessage message(add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0);
  auto& header = message.header<ifaddrmsg>();
  header.ifa_family = static_cast<uint8_t>(family_of(address.local));
  header.ifa_prefixlen = address.prefix_length;
  header.ifa_index = static_cast<uint32_t>(ifindex);
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  put_address(message, IFA_LOCAL, address.local);
  put_address(message, IFA_ADDRESS, address.peer.value_or(address.local));
  if (net::is_ipv6(address.local)) message.put_u32(IFA_FLAGS, IFA_F_NODAD);
  return message;
}

/// The route to the peer as the kernel itself makes it.
Result<NetlinkMessage> peer_route_request(DeviceNumbers& numbers, const AddressChange& change) {
  constexpr uint32_t kKernelsMetric = 256;  // IP6_RT_PRIO_ADDRCONF
  ASSIGN_OR_RETURN(const int ifindex, numbers.of(change.device));
  NetlinkMessage message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  auto& header = message.header<rtmsg>();
  header.rtm_family = AF_INET6;
  header.rtm_dst_len = 128;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_KERNEL;
  header.rtm_type = RTN_UNICAST;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  put_address(message, RTA_DST, *change.address.peer);
  message.put_u32(RTA_OIF, static_cast<uint32_t>(ifindex));
  message.put_u32(RTA_PRIORITY, kKernelsMetric);
  return message;
}

Result<NetlinkMessage> neighbour_request(DeviceNumbers& numbers, const AddressChange& change) {
  ASSIGN_OR_RETURN(const int ifindex, numbers.of(change.device));
  NetlinkMessage message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  auto& header = message.header<ndmsg>();
  header.ndm_family = AF_INET6;
  header.ndm_ifindex = ifindex;
  header.ndm_state = NUD_PERMANENT;
  header.ndm_flags = NTF_ROUTER;
  put_address(message, NDA_DST, *change.address.peer);
  return message;
}

bool has_late_route(const AddressChange& change) {
  return change.what == AddressChange::What::kAdd && change.address.peer &&
         net::is_ipv6(*change.address.peer);
}

Status explained(Status status, const AddressChange& change, const std::string& netns) {
  if (status) return status;
  const bool add = change.what == AddressChange::What::kAdd;
  Error& error = status.error();
  // "Permission denied" would read as if root were missing.
  if (add && error.sys_errno == EACCES) error.code = Errc::kFailedPrecondition;
  if (!add && error.sys_errno == EADDRNOTAVAIL) error.code = Errc::kNotFound;
  return std::move(error).within((add ? "add address " : "delete address ") +
                                 text_of(change.address) + (add ? " to " : " of ") + change.device +
                                 in(netns));
}

}  // namespace

std::vector<Status> LinuxLinks::change_addresses(const std::string& netns,
                                                 const std::vector<AddressChange>& changes) {
  const auto space = context_.open(netns);
  Batch batch(changes.size());
  DeviceNumbers numbers(space);
  for (size_t i = 0; i < changes.size(); ++i) {
    const auto prepare = [&]() -> Result<NetlinkMessage> {
      const auto& [what, device, address] = changes[i];
      TRY(context_.calls().count(
          (what == AddressChange::What::kAdd ? "links.add_address " : "links.delete_address ") +
          netns + " " + device + " " + text_of(address)));
      return address_request(numbers, changes[i]);
    };
    batch.put(i, prepare());
  }
  std::vector<Status> answers = batch.send(space);
  Batch routes(changes.size()), neighbours(changes.size());
  for (size_t i = 0; i < changes.size(); ++i) {
    if (answers[i] && has_late_route(changes[i])) {
      routes.put(i, peer_route_request(numbers, changes[i]));
      neighbours.put(i, neighbour_request(numbers, changes[i]));
    }
  }
  (void)routes.send(space);  // there already, or of a device that is down: then the kernel makes it
  (void)neighbours.send(space);  // refused where there is ARP, which finds routers by itself
  for (size_t i = 0; i < changes.size(); ++i) {
    answers[i] = explained(std::move(answers[i]), changes[i], netns);
  }
  return answers;
}

}  // namespace vinet::kernel
