// The long look at a namespace: everything that decides where a packet goes, whoever made it.
#include <bpf/bpf.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "kernel/linux_links.h"
#include "kernel/linux_programs.h"
#include "kernel/linux_tc.h"

namespace vinet::kernel {
namespace {

const net::IpPrefix kLinkLocal6 = *net::parse_prefix("fe80::/10");
const net::IpPrefix kMulticast6 = *net::parse_prefix("ff00::/8");
const net::IpPrefix kLoopback4 = *net::parse_prefix("127.0.0.0/8");
const net::IpPrefix kLoopback6 = *net::parse_prefix("::1/128");

std::string type_of(uint8_t type) {
  switch (type) {
    case RTN_UNICAST:
      return "unicast";
    case RTN_LOCAL:
      return "local";
    case RTN_UNREACHABLE:
      return "unreachable";
    case RTN_BLACKHOLE:
      return "blackhole";
    case RTN_PROHIBIT:
      return "prohibit";
    case RTN_THROW:
      return "throw";
    default:
      return "type " + std::to_string(type);
  }
}

/// What every namespace has, and what concerns no address of a plan.
bool is_of_no_interest(const rtmsg& header, const net::IpPrefix& destination) {
  if (header.rtm_type == RTN_BROADCAST || header.rtm_type == RTN_ANYCAST ||
      header.rtm_type == RTN_MULTICAST || (header.rtm_flags & RTM_F_CLONED) != 0) {
    return true;
  }
  for (const auto& prefix : {kLinkLocal6, kMulticast6, kLoopback4, kLoopback6}) {
    if (destination.length >= prefix.length && net::contains(prefix, destination.network))
      return true;
  }
  return false;
}

int32_t setting(std::string_view values, size_t index) {
  int32_t value = 0;
  if (values.size() >= (index + 1) * sizeof value) {
    std::memcpy(&value, values.data() + index * sizeof value, sizeof value);
  }
  return value;
}

DeviceDetails details_in(const nlmsghdr* message) {
  const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
  const Attributes link(message, sizeof *header);
  const Attributes families = link.nested(IFLA_AF_SPEC);
  DeviceDetails device;
  device.name = link.text(IFLA_IFNAME);
  device.ifindex = static_cast<uint32_t>(header->ifi_index);
  const std::string_view v6 = families.nested(AF_INET6).bytes(IFLA_INET6_CONF);
  device.ipv6 = !v6.empty() && setting(v6, DEVCONF_DISABLE_IPV6) == 0;
  device.ipv6_forwarding = setting(v6, DEVCONF_FORWARDING) != 0;
  device.rp_filter =
      setting(families.nested(AF_INET).bytes(IFLA_INET_CONF), IPV4_DEVCONF_RP_FILTER - 1) != 0;
  device.xdp = link.nested(IFLA_XDP).u8(IFLA_XDP_ATTACHED).value_or(0) != 0;
  return device;
}

Rule rule_in(const nlmsghdr* message) {
  const auto* header = static_cast<const fib_rule_hdr*>(mnl_nlmsg_get_payload(message));
  const Attributes attributes(message, sizeof *header);
  Rule rule;
  rule.ipv6 = header->family == AF_INET6;
  rule.priority = attributes.u32(FRA_PRIORITY).value_or(0);
  rule.table = attributes.u32(FRA_TABLE).value_or(header->table);
  bool selects = header->dst_len != 0 || header->src_len != 0 || header->tos != 0;
  for (const uint16_t type : {FRA_IIFNAME, FRA_OIFNAME, FRA_FWMARK, FRA_L3MDEV, FRA_UID_RANGE,
                              FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE}) {
    const bool unset = type == FRA_FWMARK || type == FRA_L3MDEV;
    if (unset) {
      selects = selects || (type == FRA_L3MDEV ? attributes.u8(type).value_or(0)
                                               : attributes.u32(type).value_or(0)) != 0;
    } else {
      selects = selects || attributes.find(type) != nullptr;
    }
  }
  rule.plain =
      !selects && header->action == FR_ACT_TO_TBL && (header->flags & FIB_RULE_INVERT) == 0;
  return rule;
}

}  // namespace

Result<Inspection> LinuxLinks::inspect(const std::string& netns) {
  ASSIGN_OR_RETURN(const auto space, context_.open(netns));
  const std::string attempt = "inspect " + netns;
  auto names = device_names(space->route);
  if (!names) return std::move(names).error().within(attempt);
  Inspection seen;
  for (const int family : {AF_INET, AF_INET6}) {
    NetlinkMessage message(RTM_GETROUTE, 0);
    message.header<rtmsg>().rtm_family = static_cast<uint8_t>(family);
    const size_t before = seen.routes.size();
    Status listed = space->route.dump(
        message, [&] { seen.routes.resize(before); },
        [&](const nlmsghdr* answer) {
          const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(answer));
          if (header->rtm_family != family) return;
          AnyRoute route = any_route_in(answer, *names);
          if (is_of_no_interest(*header, route.route.destination)) return;
          route.type = type_of(header->rtm_type);
          seen.routes.push_back(std::move(route));
        });
    if (!listed && listed.error().code != Errc::kUnimplemented) {
      return std::move(listed).error().within(attempt);
    }
    NetlinkMessage rules(RTM_GETRULE, 0);
    rules.header<fib_rule_hdr>().family = static_cast<uint8_t>(family);
    const size_t rules_before = seen.rules.size();
    listed = space->route.dump(
        rules, [&] { seen.rules.resize(rules_before); },
        [&](const nlmsghdr* answer) {
          const auto* header = static_cast<const fib_rule_hdr*>(mnl_nlmsg_get_payload(answer));
          if (header->family == family) seen.rules.push_back(rule_in(answer));
        });
    if (!listed && listed.error().code != Errc::kUnimplemented) {
      return std::move(listed).error().within(attempt);
    }
  }
  std::sort(seen.rules.begin(), seen.rules.end());
  NetlinkMessage links = link_request("");
  TRY_IN(attempt, space->route.dump(
                      links, [&] { seen.devices.clear(); },
                      [&](const nlmsghdr* answer) { seen.devices.push_back(details_in(answer)); }));
  return seen;
}

Result<std::vector<Filter>> LinuxPrograms::list_all_filters(const std::string& machine) {
  ASSIGN_OR_RETURN(const auto space, context_.open(machine));
  NetlinkSocket& socket = space->route;
  ASSIGN_OR_RETURN(const auto qdiscs, list_qdiscs(socket));
  ASSIGN_OR_RETURN(auto names, device_names(socket));
  std::vector<Filter> all;
  std::map<uint32_t, std::string> tags;  // by id: all backsides share one program
  const auto add = [&](const std::string& device, bool egress, const TcHook& hook) -> Status {
    ASSIGN_OR_RETURN(const auto filters, list_filters(socket, hook));
    for (const ObservedFilter& filter : filters) {
      const auto [tag, is_new] = tags.try_emplace(filter.program_id);
      if (is_new && filter.program_id != 0) {
        // A program that went away meanwhile has no tag any more.
        if (const auto program = open_program(filter.program_id)) {
          ASSIGN_OR_RETURN(tag->second, tag_of_program(program->get()));
        }
      }
      all.push_back({device, egress, filter.priority, filter.kind, filter.name, filter.program_id,
                     tag->second});
    }
    return ok();
  };
  bool has_block = false;
  for (const auto& qdisc : qdiscs) {
    if (qdisc.kind != "clsact" && qdisc.kind != "ingress") continue;
    const std::string& device = names[qdisc.ifindex];
    if (qdisc.ingress_block == VI_BLOCK_INDEX) {
      has_block = true;
    } else if (qdisc.ingress_block == 0) {
      TRY_IN("filters of " + machine, add(device, false, TcHook::ingress(qdisc.ifindex)));
    }
    if (qdisc.kind == "clsact") {
      TRY_IN("filters of " + machine, add(device, true, TcHook::egress(qdisc.ifindex)));
    }
  }
  if (has_block) TRY_IN("filters of " + machine, add("", false, TcHook::block(VI_BLOCK_INDEX)));
  std::stable_sort(all.begin(), all.end(), [](const Filter& x, const Filter& y) {
    return std::tie(x.device, x.egress, x.priority) < std::tie(y.device, y.egress, y.priority);
  });
  return all;
}

}  // namespace vinet::kernel
