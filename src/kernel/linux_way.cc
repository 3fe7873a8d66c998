// Which way out does a namespace's FIB choose? Asked as for a packet that came in through lo, as
// the programs ask it (bpf_fib_lookup with lo's ifindex).
#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include <cerrno>

#include "kernel/linux_links.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kLoIfindex = 1;  // in every namespace

bool says_no_way(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == EACCES || error == EINVAL ||
         error == ENODEV;
}

}  // namespace

Result<std::optional<std::string>> LinuxLinks::find_way(const std::string& netns, net::Ipv4 source,
                                                        net::Ipv4 destination) {
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  NetlinkMessage message(RTM_GETROUTE, 0);
  auto& header = message.header<rtmsg>();
  header.rtm_family = AF_INET;
  header.rtm_dst_len = 32;
  header.rtm_src_len = 32;
  message.put_u32(RTA_DST, htonl(destination.bits));
  message.put_u32(RTA_SRC, htonl(source.bits));
  message.put_u32(RTA_IIF, kLoIfindex);
  int ifindex = 0;
  const Status found = space->route.get(message, [&](const nlmsghdr* answer) {
    const auto* route = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(answer));
    const Attributes attributes(answer, sizeof *route);
    if (route->rtm_type == RTN_UNICAST) {
      ifindex = static_cast<int>(attributes.u32(RTA_OIF).value_or(0));
    }
  });
  if (!found) {
    if (says_no_way(found.error().sys_errno)) return std::optional<std::string>();
    return Error(found.error())
        .within("find the way to " + net::to_string(destination) + " in " + netns);
  }
  ASSIGN_OR_RETURN(const auto names, device_names(space->route));
  const auto name = names.find(ifindex);
  if (name == names.end() || name->second == "lo") return std::optional<std::string>();
  return std::optional<std::string>(name->second);
}

}  // namespace vinet::kernel
