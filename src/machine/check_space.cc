// Namespaces: are they there, are they ours, and does a packet inside go where the plan leads it?
//
// A route that no plan knows matters where it takes packets that a planned route would take: it is
// longer, or as long and of a lower metric. If it leads elsewhere, that is a fault; a routing
// daemon's route over the same next hop is none.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "machine/check_context.h"
#include "slice/text.h"

namespace vinet::machine {
namespace {

using kernel::AnyRoute;
using kernel::Inspection;

constexpr uint32_t kLeastIpv6Bytes = 1280;  // RFC 8200 §5

const char* on_off(bool on) {
  return on ? "on" : "off";
}

/// What a route leads to, without its destination and metric.
std::string way_of(const net::Route& route) {
  if (route.type == net::RouteType::kUnreachable) return "unreachable";
  std::string text = route.via ? "via " + net::to_string(*route.via) + " " : "";
  text += "dev " + route.device;
  for (const net::NextHop& hop : route.others) {
    text += " or via " + net::to_string(hop.via) + " dev " + hop.device;
  }
  if (route.source) text += " src " + net::to_string(*route.source);
  return text;
}

std::string way_of(const AnyRoute& route) {
  if (route.type == "unicast") return way_of(route.route);
  return route.route.device.empty() || route.type != "local" ? route.type
                                                             : "local dev " + route.route.device;
}

/// A route that a packet may take, planned or the kernel's own to a peer.
struct Expected {
  net::IpPrefix destination;
  uint32_t metric = 0;
  std::string way;
};

class SpaceCheck {
 public:
  SpaceCheck(CheckContext& context, const slice::Slice& slice, const slice::Namespace& want,
             const NamespaceView& have)
      : context_(context), slice_(slice), want_(want), have_(have) {}

  /// Of a machine of a fleet, all but this is its owner's.
  void run_own() {
    if (const auto* lo = have_.find("lo")) {
      compare("forwarding on lo", on_off(want_.lo_forwarding), on_off(lo->device.forwarding));
    }
  }

  void run(const Inspection& seen) {
    compare("mark", want_.mark, have_.alias);
    check_settings();
    check_addresses();
    check_routes();
    check_kernel_routes(seen);
    check_foreign_routes(seen);
    check_rules(seen);
    for (const kernel::DeviceDetails& device : seen.devices) check_details(device);
  }

 private:
  void fault(std::string what, std::string planned, std::string found) {
    context_.fault(slice_.owner, want_.name, std::move(what), std::move(planned), std::move(found));
  }
  void note(std::string what, std::string planned, std::string found) {
    context_.note(slice_.owner, want_.name, std::move(what), std::move(planned), std::move(found));
  }
  void compare(const std::string& what, const std::string& planned, const std::string& found) {
    context_.compare(slice_.owner, want_.name, what, planned, found);
  }
  bool is_machine() const { return want_.name == slice_.machine; }

  void check_settings() {
    const net::NamespaceSettings &want = want_.settings, &have = have_.settings;
    compare("IPv6", on_off(want.ipv6), on_off(have.ipv6));
    compare("IPv6 forwarding", on_off(want.ipv6_forwarding), on_off(have.ipv6_forwarding));
    compare("limit of ICMP errors", on_off(!want.icmp_unlimited), on_off(!have.icmp_unlimited));
    compare("reverse path filter (rp_filter)", on_off(!want.rp_filter_off),
            on_off(!have.rp_filter_off));
    if (const auto* lo = have_.find("lo")) {
      compare("forwarding on lo", on_off(want_.lo_forwarding), on_off(lo->device.forwarding));
      compare("device lo", "up", lo->device.up ? "up" : "down");
    }
  }

  void check_addresses() {
    static const std::vector<net::InterfaceAddress> kNone;
    const auto* lo = have_.find("lo");
    const auto& have = lo == nullptr ? kNone : lo->device.addresses;
    for (const auto& address : want_.lo_addresses) {
      ++context_.compared[slice_.owner].addresses;
      if (std::find(have.begin(), have.end(), address) == have.end())
        fault("address " + slice::to_string(address), "on lo", "");
    }
    for (const auto& address : have) {
      if (std::find(want_.lo_addresses.begin(), want_.lo_addresses.end(), address) !=
          want_.lo_addresses.end())
        continue;
      if (is_machine()) {
        fault("address " + slice::to_string(address), "", "on lo");
      } else {
        note("address " + slice::to_string(address), "", "on lo");
      }
    }
  }

  /// Those of ours.
  void check_routes() {
    for (const net::Route& route : want_.routes) {
      ++context_.compared[slice_.owner].routes;
      if (std::binary_search(have_.routes.begin(), have_.routes.end(), route)) continue;
      const auto other =
          std::find_if(have_.routes.begin(), have_.routes.end(), [&](const net::Route& one) {
            return one.destination == route.destination && one.metric == route.metric;
          });
      fault("route to " + net::to_string(route.destination), way_of(route),
            other == have_.routes.end() ? "" : way_of(*other));
    }
    for (const net::Route& route : have_.routes) {
      if (std::binary_search(want_.routes.begin(), want_.routes.end(), route)) continue;
      const bool known =
          std::any_of(want_.routes.begin(), want_.routes.end(), [&](const net::Route& one) {
            return one.destination == route.destination && one.metric == route.metric;
          });
      if (!known) fault("route to " + net::to_string(route.destination), "", way_of(route));
    }
  }

  const std::vector<const net::Device*>& planned_devices() const {
    static const std::vector<const net::Device*> kNone;
    const auto it = context_.devices.find(want_.name);
    return it == context_.devices.end() ? kNone : it->second;
  }

  /// What the kernel makes of addresses: the address is local, the peer is behind the device.
  void check_kernel_routes(const Inspection& seen) {
    std::set<std::pair<net::IpPrefix, std::string>> local, peers;
    for (const AnyRoute& route : seen.routes) {
      if (route.table == kernel::kLocalTable && route.type == "local") {
        local.emplace(route.route.destination, "");
      } else if (route.table == kernel::kMainTable && route.protocol == kernel::kKernelProtocol) {
        peers.emplace(route.route.destination, route.route.device);
      }
    }
    const auto is_local = [&](const net::InterfaceAddress& address, const std::string& device) {
      if (!has_address(device, address) || !is_up(device)) return;  // told
      if (!local.contains({net::host_prefix(address.local), ""})) {
        fault("local route to " + net::to_string(address.local), "made by the kernel", "");
      }
    };
    for (const auto& address : want_.lo_addresses) is_local(address, "lo");
    for (const net::Device* device : planned_devices()) {
      for (const auto& address : device->addresses) {
        is_local(address, device->name);
        if (!address.peer || !has_address(device->name, address) || !is_up(device->name)) continue;
        const net::IpPrefix peer = net::prefix_of(*address.peer, address.prefix_length);
        if (!peers.contains({peer, device->name})) {
          fault("route to the peer " + net::to_string(*address.peer), "dev " + device->name, "");
        }
      }
    }
  }

  bool has_address(const std::string& device, const net::InterfaceAddress& address) const {
    const auto* have = have_.find(device);
    return have != nullptr &&
           std::find(have->device.addresses.begin(), have->device.addresses.end(), address) !=
               have->device.addresses.end();
  }
  bool is_up(const std::string& device) const {
    const auto* have = have_.find(device);
    return have != nullptr && have->device.up;
  }

  std::vector<Expected> expected_routes() {
    std::vector<Expected> all;
    for (const net::Route& route : want_.routes)
      all.push_back({route.destination, route.metric, way_of(route)});
    for (const net::Device* device : planned_devices()) {
      for (const auto& address : device->addresses) {
        all.push_back({net::host_prefix(address.local), 0, "local dev " + device->name});
        if (!address.peer) continue;
        all.push_back({net::prefix_of(*address.peer, address.prefix_length),
                       net::is_ipv6(*address.peer) ? 256U : 0U, "dev " + device->name});
      }
    }
    for (const auto& address : want_.lo_addresses)
      all.push_back({net::host_prefix(address.local), 0, "local dev lo"});
    return all;
  }

  /// The planned route that would have taken what this one takes; nothing if none would have.
  static const Expected* shadowed(const AnyRoute& route, const std::vector<Expected>& expected) {
    const net::IpPrefix& to = route.route.destination;
    const Expected* best = nullptr;
    for (const Expected& one : expected) {
      if (net::is_ipv6(one.destination.network) != net::is_ipv6(to.network)) continue;
      if (one.destination.length > to.length || !net::contains(one.destination, to.network))
        continue;
      if (best == nullptr || one.destination.length > best->destination.length ||
          (one.destination == best->destination && one.metric < best->metric)) {
        best = &one;
      }
    }
    if (best == nullptr || best->destination != to) return best;
    const bool local = route.table == kernel::kLocalTable;  // asked first
    const bool wins = local ? best->way.rfind("local", 0) != 0
                            : best->way.rfind("local", 0) != 0 && route.route.metric < best->metric;
    return wins ? best : nullptr;
  }

  void check_foreign_routes(const Inspection& seen) {
    const std::vector<Expected> expected = expected_routes();
    std::vector<std::string> harmless;
    for (const AnyRoute& route : seen.routes) {
      const bool is_ours =
          route.table == kernel::kMainTable && route.protocol == net::kRouteProtocol;
      if (is_ours || route.protocol == kernel::kKernelProtocol) continue;
      if (route.table != kernel::kMainTable && route.table != kernel::kLocalTable) {
        harmless.push_back(
            fmt::format("{} in table {}", net::to_string(route.route.destination), route.table));
        continue;  // a rule must lead there, and is told
      }
      const Expected* instead = shadowed(route, expected);
      const bool same = instead != nullptr && way_of(route) == instead->way;
      if (is_machine() || (instead != nullptr && !same)) {
        fault(fmt::format("foreign route to {}", net::to_string(route.route.destination)),
              instead != nullptr ? instead->way : "", way_of(route));
      } else {
        harmless.push_back(net::to_string(route.route.destination));
      }
    }
    if (!harmless.empty()) {
      note(fmt::format("{} foreign {}", harmless.size(), harmless.size() == 1 ? "route" : "routes"),
           "", "to " + harmless.front() + (harmless.size() > 1 ? ", ..." : ""));
    }
  }

  void check_rules(const Inspection& seen) {
    struct Default {
      bool ipv6;
      uint32_t priority, table;
      const char* name;
    };
    static constexpr Default kDefaults[] = {
        {false, 0, 255, "local"}, {false, 32766, 254, "main"}, {false, 32767, 253, "default"},
        {true, 0, 255, "local"},  {true, 32766, 254, "main"},
    };
    std::vector<kernel::Rule> others = seen.rules;
    for (const Default& rule : kDefaults) {
      const auto it = std::find(others.begin(), others.end(),
                                kernel::Rule{rule.ipv6, rule.priority, rule.table, true});
      if (it != others.end()) {
        others.erase(it);
      } else if (!rule.ipv6 || want_.settings.ipv6) {
        fault(fmt::format("IPv{} rule {}", rule.ipv6 ? 6 : 4, rule.priority),
              fmt::format("look up {}", rule.name), "");
      }
    }
    for (const kernel::Rule& rule : others) {
      const std::string what = fmt::format("IPv{} rule {}", rule.ipv6 ? 6 : 4, rule.priority);
      const std::string found =
          fmt::format("look up table {}{}", rule.table, rule.plain ? "" : " for some packets");
      // One for all packets comes before the planned routes; one for some is a tenant's choice.
      if (is_machine() || (rule.plain && rule.priority < 32766)) {
        fault(what, "", found);
      } else {
        note(what, "", found);
      }
    }
  }

  void check_details(const kernel::DeviceDetails& device) {
    const bool planned =
        std::any_of(planned_devices().begin(), planned_devices().end(),
                    [&](const net::Device* one) { return one->name == device.name; });
    if (device.xdp) {
      if (is_machine()) {
        fault("device " + device.name, "no XDP program", "one is attached");
      } else {
        note("device " + device.name, "no XDP program", "one is attached");
      }
    }
    if (is_machine()) {
      if (device.ipv6) fault("IPv6 of device " + device.name, "off", "on");
      return;
    }
    if (!planned || context_.backsides.contains({want_.name, device.name})) return;
    // Where all of it is off, that has been told; and a device below 1,280 bytes cannot have it.
    const auto* have = have_.find(device.name);
    const bool too_small = have != nullptr && have->device.mtu_bytes < kLeastIpv6Bytes;
    if (!too_small && want_.settings.ipv6 && have_.settings.ipv6) {
      compare("IPv6 of device " + device.name, "on", on_off(device.ipv6));
    }
    if (!too_small && want_.settings.ipv6 &&
        have_.settings.ipv6_forwarding == want_.settings.ipv6_forwarding) {
      compare("IPv6 forwarding of device " + device.name, on_off(want_.settings.ipv6_forwarding),
              on_off(device.ipv6_forwarding));
    }
    if (want_.settings.rp_filter_off && have_.settings.rp_filter_off && device.rp_filter) {
      fault("reverse path filter of device " + device.name, "off", "on");
    }
  }

  CheckContext& context_;
  const slice::Slice& slice_;
  const slice::Namespace& want_;
  const NamespaceView& have_;
};

}  // namespace

Status check_spaces(CheckContext& context, const slice::Slice& want) {
  for (const slice::Namespace& space : want.namespaces) {
    ++context.compared[want.owner].namespaces;
    const NamespaceView* have = context.space(space.name);
    if (have == nullptr) {
      const std::string found = context.view.empty_files.contains(space.name)
                                    ? "only its name, with no namespace behind it"
                                : context.view.strangers.contains(space.name)
                                    ? "a namespace without vinet's mark"
                                    : "";
      context.fault(want.owner, space.name, "namespace", "is there", found);
      continue;
    }
    if (have->own) {
      SpaceCheck(context, want, space, *have).run_own();
      continue;
    }
    const auto seen = context.kernel.links().inspect(space.name);
    if (!seen && seen.error().code != Errc::kNotFound) return seen.error();
    if (!seen) {
      context.fault(want.owner, space.name, "namespace", "is there", "has just gone");
      continue;
    }
    SpaceCheck(context, want, space, *have).run(*seen);
  }
  return ok();
}

}  // namespace vinet::machine
