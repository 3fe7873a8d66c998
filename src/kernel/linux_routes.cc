// Routes of ours: main table, protocol kRouteProtocol. Several next hops of one route are one
// RTA_MULTIPATH: a row of rtnexthop, each with its RTA_GATEWAY behind it.
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <map>

#include "kernel/linux_batch.h"
#include "kernel/linux_links.h"

namespace vinet::kernel {
namespace {

constexpr std::chrono::seconds kPeerRouteDeadline{5};

std::string text_of(const net::Route& route) {
  std::string text = net::to_string(route.destination);
  if (route.type == net::RouteType::kUnreachable) text = "unreachable " + text;
  if (route.via) text += " via " + net::to_string(*route.via);
  if (!route.device.empty()) text += " dev " + route.device;
  for (const net::NextHop& hop : route.others) {
    text += " or via " + net::to_string(hop.via) + " dev " + hop.device;
  }
  if (route.metric != 0) text += " metric " + std::to_string(route.metric);
  return text;
}

/// The next hops of an RTA_MULTIPATH, sorted. Also those whose device is down now: they come back
/// with it.
std::vector<net::NextHop> hops_in(const Attributes& attributes,
                                  const std::map<int, std::string>& device_names) {
  std::vector<net::NextHop> hops;
  std::string_view left = attributes.bytes(RTA_MULTIPATH);
  while (left.size() >= sizeof(rtnexthop)) {
    rtnexthop header;
    std::memcpy(&header, left.data(), sizeof header);
    if (header.rtnh_len < sizeof header || header.rtnh_len > left.size()) break;
    const Attributes of_hop(left.substr(sizeof header, header.rtnh_len - sizeof header));
    const auto device = device_names.find(header.rtnh_ifindex);
    const auto via = address_in(of_hop, RTA_GATEWAY);
    if (via && device != device_names.end()) hops.push_back({*via, device->second});
    left.remove_prefix(std::min<size_t>(RTNH_ALIGN(header.rtnh_len), left.size()));
  }
  std::sort(hops.begin(), hops.end());
  return hops;
}

/// Any route as a value.
net::Route route_of(const rtmsg* header, const Attributes& attributes,
                    const std::map<int, std::string>& device_names) {
  net::Route route;
  const net::IpAddress any =
      header->rtm_family == AF_INET6 ? net::IpAddress(net::Ipv6{}) : net::IpAddress(net::Ipv4{});
  route.destination =
      net::prefix_of(address_in(attributes, RTA_DST).value_or(any), header->rtm_dst_len);
  route.metric = attributes.u32(RTA_PRIORITY).value_or(0);
  route.source = address_in(attributes, RTA_PREFSRC);
  if (header->rtm_type == RTN_UNREACHABLE) {
    route.type = net::RouteType::kUnreachable;  // IPv6 shows device lo: that says nothing
    return route;
  }
  if (const auto hops = hops_in(attributes, device_names); !hops.empty()) {
    route.via = hops.front().via;
    route.device = hops.front().device;
    route.others.assign(hops.begin() + 1, hops.end());
    return route;
  }
  route.via = address_in(attributes, RTA_GATEWAY);
  const auto device = device_names.find(static_cast<int>(attributes.u32(RTA_OIF).value_or(0)));
  if (device != device_names.end()) route.device = device->second;
  return route;
}

/// A route of ours as a value; nothing for those of others.
std::optional<net::Route> route_in(const nlmsghdr* message,
                                   const std::map<int, std::string>& device_names) {
  const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
  if (header->rtm_protocol != net::kRouteProtocol) return std::nullopt;
  if ((header->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
  const Attributes attributes(message, sizeof *header);
  if (attributes.u32(RTA_TABLE).value_or(header->rtm_table) != RT_TABLE_MAIN) return std::nullopt;
  return route_of(header, attributes, device_names);
}

/// A next hop as the kernel knows it.
struct KernelHop {
  int ifindex = 0;
  std::optional<net::IpAddress> via;
};

/// Is the address in the table of local ones? Of IPv6 that is the last thing but the route to the
/// peer that the kernel does about a new address.
Result<bool> is_local(NetlinkSocket& socket, const net::IpAddress& address) {
  NetlinkMessage message(RTM_GETROUTE, 0);
  auto& header = message.header<rtmsg>();
  header.rtm_family = static_cast<uint8_t>(family_of(address));
  header.rtm_dst_len = net::is_ipv6(address) ? 128 : 32;
  put_address(message, RTA_DST, address);
  bool local = false;
  TRY(socket.get(message, [&](const nlmsghdr* answer) {
    const auto* route = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(answer));
    local = route->rtm_type == RTN_LOCAL;
  }));
  return local;
}

/// Says an address of each device that the next hop is its peer, and is the kernel not yet done
/// with one of them?
Result<bool> will_come(NetlinkSocket& socket, const std::vector<KernelHop>& hops) {
  bool is_awaited = false;
  for (const KernelHop& hop : hops) {
    ASSIGN_OR_RETURN(const auto addresses, list_addresses(socket, hop.ifindex));
    const auto names_hop = [&](const ObservedAddress& observed) {
      const auto& [local, peer, prefix_length] = observed.address;
      return hop.via && peer && net::contains(net::prefix_of(*peer, prefix_length), *hop.via);
    };
    const auto address = std::find_if(addresses.begin(), addresses.end(), names_hop);
    if (address == addresses.end()) return false;
    ASSIGN_OR_RETURN(const bool done, is_local(socket, address->address.local));
    is_awaited = is_awaited || !done;
  }
  return is_awaited;
}

/// Linux adds the route to the peer of an IPv6 address a moment after the address, from a work
/// queue (addrconf_dad_work). Until then a next hop there is refused as unreachable; so that is
/// asked again while an address tells otherwise. Where memory is short the kernel does without that
/// route and says nothing (it asks for it with GFP_ATOMIC): then no waiting helps.
Status request_when_ready(NetlinkSocket& socket, NetlinkMessage& message,
                          const std::vector<KernelHop>& hops) {
  const auto end = std::chrono::steady_clock::now() + kPeerRouteDeadline;
  for (;;) {
    Status done = socket.request(message);
    if (done || done.error().sys_errno != EHOSTUNREACH) return done;
    ASSIGN_OR_RETURN(const bool awaited, will_come(socket, hops));
    if (!awaited) return socket.request(message);  // it may just have come
    if (std::chrono::steady_clock::now() > end) return done;
    const timespec pause{0, 500'000};
    nanosleep(&pause, nullptr);
  }
}

/// The next hops of a route that is not unreachable, in its order.
Result<std::vector<KernelHop>> find_hops(DeviceNumbers& numbers, const net::Route& route) {
  ASSIGN_OR_RETURN(const int first, numbers.of(route.device));
  std::vector<KernelHop> hops{{first, route.via}};
  for (const net::NextHop& other : route.others) {
    ASSIGN_OR_RETURN(const int ifindex, numbers.of(other.device));
    hops.push_back({ifindex, other.via});
  }
  return hops;
}

void put_hops(NetlinkMessage& message, const std::vector<KernelHop>& hops) {
  if (hops.size() == 1) {
    message.put_u32(RTA_OIF, static_cast<uint32_t>(hops[0].ifindex));
    if (hops[0].via) put_address(message, RTA_GATEWAY, *hops[0].via);
    return;
  }
  message.begin(RTA_MULTIPATH);
  for (const KernelHop& hop : hops) {
    auto& header = message.header<rtnexthop>();
    const size_t begin = message.raw()->nlmsg_len - sizeof header;
    header.rtnh_ifindex = hop.ifindex;
    if (hop.via) put_address(message, RTA_GATEWAY, *hop.via);
    header.rtnh_len = static_cast<uint16_t>(message.raw()->nlmsg_len - begin);
  }
  message.end();
}

/// `hops` gets the next hops.
Result<NetlinkMessage> route_request(DeviceNumbers& numbers, const RouteChange& change,
                                     std::vector<KernelHop>& hops) {
  const auto& [what, route] = change;
  const bool unreachable = route.type == net::RouteType::kUnreachable;
  const bool add = what != RouteChange::What::kDelete;
  uint16_t flags = 0;
  if (what == RouteChange::What::kAdd) flags = NLM_F_CREATE | NLM_F_EXCL;
  if (what == RouteChange::What::kReplace) flags = NLM_F_CREATE | NLM_F_REPLACE;
  NetlinkMessage message(add ? RTM_NEWROUTE : RTM_DELROUTE, flags);
  auto& header = message.header<rtmsg>();
  header.rtm_family = static_cast<uint8_t>(family_of(route.destination.network));
  header.rtm_dst_len = route.destination.length;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = net::kRouteProtocol;
  header.rtm_type = unreachable ? RTN_UNREACHABLE : RTN_UNICAST;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  if (!add) {
    header.rtm_scope = RT_SCOPE_NOWHERE;  // matches any
  } else if (!unreachable && !route.via) {
    header.rtm_scope = RT_SCOPE_LINK;
  }
  put_address(message, RTA_DST, route.destination.network);
  if (route.metric != 0) message.put_u32(RTA_PRIORITY, route.metric);
  if (route.source) put_address(message, RTA_PREFSRC, *route.source);
  if (!unreachable) {
    ASSIGN_OR_RETURN(hops, find_hops(numbers, route));
    put_hops(message, hops);
  }
  return message;
}

const char* verb_of(RouteChange::What what) {
  switch (what) {
    case RouteChange::What::kAdd:
      return "add";
    case RouteChange::What::kReplace:
      return "replace";
    case RouteChange::What::kDelete:
      break;
  }
  return "delete";
}

}  // namespace

AnyRoute any_route_in(const nlmsghdr* message, const std::map<int, std::string>& device_names) {
  const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
  const Attributes attributes(message, sizeof *header);
  return {route_of(header, attributes, device_names),
          attributes.u32(RTA_TABLE).value_or(header->rtm_table), header->rtm_protocol, ""};
}

Result<std::vector<net::Route>> LinuxLinks::list_routes(const std::string& netns) {
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  const std::string attempt = "list routes of " + netns;

  auto names = device_names(space->route);
  if (!names) return std::move(names).error().within(attempt);
  std::vector<net::Route> routes;
  for (const int family : {AF_INET, AF_INET6}) {
    NetlinkMessage message(RTM_GETROUTE, 0);
    auto& header = message.header<rtmsg>();
    header.rtm_family = static_cast<uint8_t>(family);
    header.rtm_protocol = net::kRouteProtocol;
    const size_t before = routes.size();
    Status listed = space->route.dump(
        message, [&] { routes.resize(before); },
        [&](const nlmsghdr* answer) {
          if (auto route = route_in(answer, *names)) routes.push_back(*std::move(route));
        });
    if (!listed && listed.error().code != Errc::kUnimplemented) {  // a kernel without IPv6
      return std::move(listed).error().within(attempt);
    }
  }
  std::sort(routes.begin(), routes.end());
  return routes;
}

std::vector<Status> LinuxLinks::change_routes(const std::string& netns,
                                              const std::vector<RouteChange>& changes) {
  const auto space = context_.open(netns);
  Batch batch(changes.size());
  DeviceNumbers numbers(space);
  std::vector<std::vector<KernelHop>> hops(changes.size());
  for (size_t i = 0; i < changes.size(); ++i) {
    const auto prepare = [&]() -> Result<NetlinkMessage> {
      const auto& [what, route] = changes[i];
      TRY(context_.calls().count(std::string("links.") + verb_of(what) + "_route " + netns + " " +
                                 text_of(route)));
      return route_request(numbers, changes[i], hops[i]);
    };
    batch.put(i, prepare());
  }
  std::vector<Status> answers = batch.send(space);
  for (size_t i = 0; i < changes.size(); ++i) {
    Status& answer = answers[i];
    const auto& [what, route] = changes[i];
    if (!answer && answer.error().sys_errno == EHOSTUNREACH && !hops[i].empty()) {
      std::vector<KernelHop> same;
      if (auto again = route_request(numbers, changes[i], same)) {
        answer = request_when_ready((*space)->route, *again, hops[i]);
      }
    }
    if (answer) continue;
    // "Permission denied" would read as if root were missing: IPv6 is off on the device.
    if (answer.error().sys_errno == EACCES) answer.error().code = Errc::kFailedPrecondition;
    answer = std::move(answer).error().within(std::string(verb_of(what)) + " route " +
                                              text_of(route) + " in " + netns);
  }
  return answers;
}

}  // namespace vinet::kernel
