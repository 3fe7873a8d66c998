// The fake door 2: routes. A next hop must be reached through the route's own device, by an address
// or by a route without a next hop of its own, as in Linux (fib_check_nh, ip6_route_check_nh).
#include <algorithm>
#include <cerrno>

#include "kernel/fake_doors.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kDefaultIpv6Metric = 1024;
constexpr uint32_t kMinIpv6MtuBytes = 1280;

bool is_own(const FakeDevice& device, const net::IpAddress& address) {
  const auto& addresses = device.device.addresses;
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const auto& own) { return own.local == address; });
}

bool is_own(const FakeNamespace& space, const net::IpAddress& address) {
  return std::any_of(space.devices.begin(), space.devices.end(),
                     [&](const auto& entry) { return is_own(entry.second, address); });
}

bool on_link(const FakeNamespace& space, const FakeDevice& device, const net::IpAddress& hop) {
  for (const net::InterfaceAddress& address : device.device.addresses) {
    const net::IpAddress far = address.peer.value_or(address.local);
    if (device.device.up && net::contains(net::prefix_of(far, address.prefix_length), hop)) {
      return true;
    }
  }
  return std::any_of(space.routes.begin(), space.routes.end(), [&](const net::Route& route) {
    return route.type == net::RouteType::kUnicast && !route.via &&
           route.device == device.device.name && net::contains(route.destination, hop);
  });
}

/// Errno of a next hop or device that cannot be used, or 0.
int refusal(const FakeNamespace& space, const FakeDevice& device, const net::Route& route) {
  const bool ipv6 = net::is_ipv6(route.destination.network);
  if (ipv6 && device.device.mtu_bytes < kMinIpv6MtuBytes) return ENODEV;
  if (ipv6 && !space.settings.ipv6) return EACCES;
  if (ipv6 && !device.device.up) return ENETDOWN;
  if (!route.via) return device.device.up ? 0 : ENETDOWN;
  if (ipv6 && is_own(space, *route.via)) return EINVAL;
  if (!ipv6 && is_own(device, *route.via)) return 0;  // Linux lets it pass
  if (!on_link(space, device, *route.via)) return ipv6 ? EHOSTUNREACH : ENETUNREACH;
  return 0;
}

bool is_meant(const net::Route& present, const net::Route& asked) {
  return present.destination == asked.destination && present.type == asked.type &&
         (asked.metric == 0 || present.metric == asked.metric) &&
         (asked.type == net::RouteType::kUnreachable || present.device == asked.device) &&
         (!asked.via || present.via == asked.via) &&
         (!asked.source || present.source == asked.source) && present.others == asked.others;
}

}  // namespace

Result<std::vector<net::Route>> FakeLinks::list_routes(const std::string& netns) {
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  std::vector<net::Route> routes = space->routes;
  std::sort(routes.begin(), routes.end());
  return routes;
}

Result<std::optional<std::string>> FakeLinks::find_way(const std::string& netns, net::Ipv4,
                                                       net::Ipv4 destination) {
  ASSIGN_OR_RETURN(const FakeNamespace* space, state_.open(netns));
  const net::Route* best = nullptr;
  for (const net::Route& route : space->routes) {
    if (net::is_ipv6(route.destination.network) || !net::contains(route.destination, destination)) {
      continue;
    }
    if (best == nullptr || route.destination.length > best->destination.length ||
        (route.destination.length == best->destination.length && route.metric < best->metric)) {
      best = &route;
    }
  }
  if (best == nullptr || best->type == net::RouteType::kUnreachable) {
    return std::optional<std::string>();
  }
  return std::optional<std::string>(best->device);
}

std::vector<Status> FakeLinks::change_routes(const std::string& netns,
                                             const std::vector<RouteChange>& changes) {
  std::vector<Status> answers;
  for (const auto& [what, route] : changes) {
    const std::string text = net::to_string(route.destination);
    const bool replace = what == RouteChange::What::kReplace;
    const std::string verb = replace ? "replace" : "add";
    answers.push_back([&, &asked = route, &is = what]() -> Status {
      if (is == RouteChange::What::kDelete) return erase_route(netns, asked);
      TRY(state_.calls.count("links." + verb + "_route " + netns + " " + text));
      return put_route(netns, asked, replace, verb + " route " + text + " in " + netns);
    }());
  }
  return answers;
}

Status FakeLinks::put_route(const std::string& netns, const net::Route& route, bool replace,
                            const std::string& attempt) {
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  net::Route made = route;
  if (made.type == net::RouteType::kUnreachable) {
    made.via.reset();
    made.others.clear();
    made.device.clear();
  } else {
    std::vector<net::Route> hops{route};  // one route a next hop
    for (const net::NextHop& other : route.others) {
      hops.push_back(route);
      hops.back().via = other.via;
      hops.back().device = other.device;
    }
    for (const net::Route& hop : hops) {
      ASSIGN_OR_RETURN(const FakeDevice* device, state_.find_device(netns, hop.device));
      const int sys_errno = refusal(*space, *device, hop);
      if (sys_errno == 0) continue;
      Error error = errno_error(attempt, sys_errno);
      if (sys_errno == EACCES) error.code = Errc::kFailedPrecondition;
      return error;
    }
  }
  if (route.source && !is_own(*space, *route.source)) return errno_error(attempt, EINVAL);
  if (net::is_ipv6(route.destination.network) && made.metric == 0) {
    made.metric = kDefaultIpv6Metric;
  }
  const auto taken =
      std::find_if(space->routes.begin(), space->routes.end(), [&](const net::Route& other) {
        return other.destination == made.destination && other.metric == made.metric;
      });
  if (taken != space->routes.end()) {
    if (!replace) return errno_error(attempt, EEXIST);
    *taken = std::move(made);
    return ok();
  }
  space->routes.push_back(std::move(made));
  return ok();
}

Status FakeLinks::erase_route(const std::string& netns, const net::Route& route) {
  const std::string text = net::to_string(route.destination);
  TRY(state_.calls.count("links.delete_route " + netns + " " + text));
  const std::string attempt = "delete route " + text + " in " + netns;
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  if (route.type == net::RouteType::kUnicast) {
    TRY_IN(attempt, state_.find_device(netns, route.device));
    for (const net::NextHop& hop : route.others) {
      TRY_IN(attempt, state_.find_device(netns, hop.device));
    }
  }
  auto& routes = space->routes;
  const auto found = std::find_if(routes.begin(), routes.end(),
                                  [&](const net::Route& other) { return is_meant(other, route); });
  if (found == routes.end()) return errno_error(attempt, ESRCH);
  routes.erase(found);
  return ok();
}

Result<std::vector<net::IpPrefix>> FakeLinks::used_prefixes(const std::string& netns) {
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  std::vector<net::IpPrefix> used;
  for (const auto& [ifindex, device] : space->devices) {
    for (const net::InterfaceAddress& address : device.device.addresses) {
      used.push_back(net::host_prefix(address.local));
      used.push_back(net::prefix_of(address.peer.value_or(address.local), address.prefix_length));
    }
  }
  for (const net::Route& route : space->routes) {
    if (route.destination.length > 0) used.push_back(route.destination);
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

}  // namespace vinet::kernel
