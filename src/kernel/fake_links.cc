// The fake door 2: devices and addresses.
#include <algorithm>
#include <cerrno>

#include "kernel/fake_doors.h"
#include "kernel/names.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kMinMtuBytes = 68;     // ETH_MIN_MTU
constexpr uint32_t kMaxMtuBytes = 65535;  // ETH_MAX_MTU
constexpr uint32_t kMinIpv6MtuBytes = 1280;
constexpr uint32_t kMaxGsoBytes = 524280;  // GSO_MAX_SIZE, what veth accepts

/// What Linux checks of a veth end's values (rtnl_create_link, do_setlink, veth_validate).
Status check_values(const net::Device& device) {
  if (device.mtu_bytes < kMinMtuBytes || device.mtu_bytes > kMaxMtuBytes) {
    return errno_error("MTU " + std::to_string(device.mtu_bytes), EINVAL);
  }
  const bool zero = device.mac == net::Mac{};
  const bool multicast = (device.mac.bytes[0] & 1) != 0;
  if (zero || multicast) return errno_error("MAC " + net::to_string(device.mac), EINVAL);
  return ok();
}

/// Is it the same to Linux? IPv4: same local address and same net of the peer; IPv6: same address.
bool clashes(const net::InterfaceAddress& a, const net::InterfaceAddress& b) {
  if (a.local != b.local) return false;
  if (net::is_ipv6(a.local)) return true;
  return a.prefix_length == b.prefix_length &&
         net::prefix_of(a.peer.value_or(a.local), a.prefix_length) ==
             net::prefix_of(b.peer.value_or(b.local), b.prefix_length);
}

/// Which of a device's addresses a request to delete one means.
bool is_meant(const net::InterfaceAddress& present, const net::InterfaceAddress& asked) {
  return clashes(present, asked) && present.prefix_length == asked.prefix_length;
}

bool has_local(const FakeNamespace& space, const net::IpAddress& address) {
  return std::any_of(space.devices.begin(), space.devices.end(), [&](const auto& entry) {
    const auto& addresses = entry.second.device.addresses;
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const auto& present) { return present.local == address; });
  });
}

/// Routes lose an address as their source: IPv4 routes go, IPv6 routes only forget it. With its
/// last IPv4 address a device loses its IPv4 routes.
void forget_address(FakeNamespace& space, const FakeDevice& device, const net::IpAddress& gone) {
  const bool ipv6 = net::is_ipv6(gone);
  if (!has_local(space, gone)) {
    if (!ipv6) space.drop_routes([&](const net::Route& route) { return route.source == gone; });
    for (net::Route& route : space.routes) {
      if (route.source == gone) route.source.reset();
    }
  }
  const auto& left = device.device.addresses;
  const bool any_ipv4 = std::any_of(
      left.begin(), left.end(), [](const auto& address) { return !net::is_ipv6(address.local); });
  if (ipv6 || any_ipv4 || device.loopback()) return;
  space.drop_routes_over(device, false, [](const FakeDevice& other) {
    const auto& own = other.device.addresses;
    return other.device.up && std::any_of(own.begin(), own.end(), [](const auto& address) {
             return !net::is_ipv6(address.local);
           });
  });
}

void take_down(FakeNamespace& space, FakeDevice& device) {
  const auto is_up = [&](const FakeDevice& other) {
    return other.device.up && other.ifindex != device.ifindex;
  };
  for (const bool ipv6 : {false, true}) space.drop_routes_over(device, ipv6, is_up);
  std::erase_if(device.device.addresses,
                [](const auto& address) { return net::is_ipv6(address.local); });
}

}  // namespace

ObservedDevice FakeLinks::observe(const FakeDevice& device) {
  ObservedDevice observed;
  observed.device = device.device;
  observed.ifindex = device.ifindex;
  observed.peer_ifindex = device.peer_ifindex;
  observed.kind = device.loopback() ? "loopback" : device.lower_ifindex != 0 ? "macvlan" : "veth";
  observed.carrier = device.device.up;
  observed.shares = device.shares;
  if (observed.kind == "veth") {
    auto peer_space = state_.open(device.peer_netns);
    observed.carrier =
        observed.carrier && peer_space && (*peer_space)->devices.at(device.peer_ifindex).device.up;
  }
  return observed;
}

Result<std::vector<ObservedDevice>> FakeLinks::list_devices(const std::string& netns) {
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  std::vector<ObservedDevice> devices;
  for (const auto& [ifindex, device] : space->devices) devices.push_back(observe(device));
  return devices;
}

Result<ObservedDevice> FakeLinks::find_device(const std::string& netns, const std::string& name) {
  ASSIGN_OR_RETURN(const FakeDevice* device, state_.find_device(netns, name));
  return observe(*device);
}

Status FakeLinks::create_veth(const std::string& a_netns, const net::Device& a,
                              const std::string& b_netns, const net::Device& b) {
  TRY(state_.calls.count("links.create_veth " + a_netns + " " + a.name + " " + b_netns + " " +
                         b.name));
  const std::string attempt = "create veth " + a.name + " - " + b.name;
  for (const net::Device* end : {&a, &b}) {
    TRY_IN(attempt, check_device_name(end->name));
    TRY_IN(attempt, check_alias(end->alias));
  }
  ASSIGN_OR_RETURN(FakeNamespace * a_space, state_.open(a_netns));
  ASSIGN_OR_RETURN(FakeNamespace * b_space, state_.open(b_netns));
  TRY_IN(attempt, check_values(a));
  TRY_IN(attempt, check_values(b));
  const bool same_name = a_netns == b_netns && a.name == b.name;
  if (same_name || a_space->find(a.name) != nullptr || b_space->find(b.name) != nullptr) {
    return errno_error(attempt, EEXIST);
  }
  const auto fresh = [](const net::Device& wanted) {
    net::Device made;
    made.name = wanted.name;
    made.alias = wanted.alias;
    made.mac = wanted.mac;
    made.mtu_bytes = wanted.mtu_bytes;
    made.arp = wanted.arp;
    made.up = false;
    return made;
  };
  FakeDevice& b_end = b_space->add(fresh(b));
  FakeDevice& a_end = a_space->add(fresh(a));
  a_end.peer_netns = b_netns;
  a_end.peer_ifindex = b_end.ifindex;
  b_end.peer_netns = a_netns;
  b_end.peer_ifindex = a_end.ifindex;
  return ok();
}

Status FakeLinks::configure_device(const std::string& netns, const net::Device& device) {
  TRY(state_.calls.count("links.configure_device " + netns + " " + device.name));
  const std::string attempt = "configure device " + device.name;
  TRY_IN(attempt, check_alias(device.alias));
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  ASSIGN_OR_RETURN(FakeDevice * present, state_.find_device(netns, device.name));
  net::Device& values = present->device;
  if (!present->loopback()) {
    TRY_IN(attempt, check_values(device));
    if (device.gso_max_bytes > kMaxGsoBytes) return errno_error(attempt + ": GSO limit", EINVAL);
    values.mac = device.mac;
    values.mtu_bytes = device.mtu_bytes;
    values.gso_max_bytes = device.gso_max_bytes;
    values.arp = device.arp;
    if (values.mtu_bytes < kMinIpv6MtuBytes) space->drop_ipv6(*present);
  }
  values.alias = device.alias;
  values.forwarding = device.forwarding;
  values.ignore_linkdown = device.ignore_linkdown;
  if (values.up && !device.up) take_down(*space, *present);
  values.up = device.up;
  return ok();
}

Status FakeLinks::forbid_ipv6(const std::string& netns, const std::string& name) {
  TRY(state_.calls.count("links.forbid_ipv6 " + netns + " " + name));
  const auto device = state_.find_device(netns, name);
  if (!device) return Error(device.error()).within("take IPv6 off device " + name);
  return ok();
}

Status FakeLinks::make_reassembly(const std::string& netns) {
  TRY(state_.calls.count("links.make_reassembly " + netns));
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  for (const char* name : {net::kWholeDevice, net::kPartsDevice}) {
    if (const FakeDevice* device = space->find(name)) state_.delete_veth(netns, device->ifindex);
  }
  const auto make = [&](const char* name) -> FakeDevice& {
    net::Device device;
    device.name = name;
    device.mac = net::mac_from(name);
    device.mtu_bytes = kMaxMtuBytes;
    return space->add(device);
  };
  const uint32_t parts = make(net::kPartsDevice).ifindex;
  const uint32_t peer = make(net::kPartsPeerDevice).ifindex;
  for (const auto& [one, other] : {std::pair(parts, peer), std::pair(peer, parts)}) {
    space->devices[one].peer_netns = netns;
    space->devices[one].peer_ifindex = other;
  }
  FakeDevice& whole = make(net::kWholeDevice);
  whole.lower_ifindex = parts;
  whole.device.mac = space->devices[parts].device.mac;
  return ok();
}

Status FakeLinks::delete_device(const std::string& netns, const std::string& name) {
  TRY(state_.calls.count("links.delete_device " + netns + " " + name));
  ASSIGN_OR_RETURN(const FakeDevice* device, state_.find_device(netns, name));
  if (device->loopback()) return errno_error("delete device " + name, EOPNOTSUPP);
  state_.delete_veth(netns, device->ifindex);
  return ok();
}

Status FakeLinks::delete_devices(const std::string& netns, const std::vector<std::string>& names) {
  TRY(state_.calls.count("links.delete_devices " + netns));
  TRY(state_.open(netns));
  for (const std::string& name : names) {
    const auto device = state_.find_device(netns, name);
    if (!device) continue;
    if ((*device)->loopback()) return errno_error("delete device " + name, EOPNOTSUPP);
    state_.delete_veth(netns, (*device)->ifindex);
  }
  return ok();
}

std::vector<Status> FakeLinks::change_addresses(const std::string& netns,
                                                const std::vector<AddressChange>& changes) {
  std::vector<Status> answers;
  for (const auto& [what, device, address] : changes) {
    answers.push_back(what == AddressChange::What::kAdd ? make_address(netns, device, address)
                                                        : erase_address(netns, device, address));
  }
  return answers;
}

Status FakeLinks::make_address(const std::string& netns, const std::string& device,
                               const net::InterfaceAddress& address) {
  TRY(state_.calls.count("links.add_address " + netns + " " + device + " " +
                         net::to_string(address.local)));
  const std::string attempt = "add address " + net::to_string(address.local) + " to " + device;
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  ASSIGN_OR_RETURN(FakeDevice * present, state_.find_device(netns, device));
  auto& addresses = present->device.addresses;
  if (address.prefix_length > (net::is_ipv6(address.local) ? 128 : 32)) {
    return errno_error(attempt, EINVAL);
  }
  if (net::is_ipv6(address.local)) {
    if (present->device.mtu_bytes < kMinIpv6MtuBytes) return errno_error(attempt, EINVAL);
    if (!space->settings.ipv6) {
      return Error{Errc::kFailedPrecondition, attempt + ": IPv6 is off", EACCES};
    }
  }
  const bool taken = std::any_of(addresses.begin(), addresses.end(),
                                 [&](const auto& other) { return clashes(other, address); });
  if (taken) return errno_error(attempt, EEXIST);
  addresses.insert(std::upper_bound(addresses.begin(), addresses.end(), address), address);
  return ok();
}

Status FakeLinks::erase_address(const std::string& netns, const std::string& device,
                                const net::InterfaceAddress& address) {
  TRY(state_.calls.count("links.delete_address " + netns + " " + device + " " +
                         net::to_string(address.local)));
  const std::string attempt = "delete address " + net::to_string(address.local) + " of " + device;
  ASSIGN_OR_RETURN(FakeNamespace * space, state_.open(netns));
  ASSIGN_OR_RETURN(FakeDevice * present, state_.find_device(netns, device));
  auto& addresses = present->device.addresses;
  const auto found = std::find_if(addresses.begin(), addresses.end(),
                                  [&](const auto& other) { return is_meant(other, address); });
  if (found == addresses.end()) {
    return Error{Errc::kNotFound, attempt + ": there is none", EADDRNOTAVAIL};
  }
  addresses.erase(found);
  forget_address(*space, *present, address.local);
  return ok();
}

Status FakeLinks::set_shaping(const std::string& netns, const std::string& device,
                              const net::Shaping& shaping) {
  TRY(state_.calls.count("links.set_shaping " + netns + " " + device));
  ASSIGN_OR_RETURN(FakeDevice * present, state_.find_device(netns, device));
  present->device.shaping = {(shaping.rate_bps + 7) / 8 * 8, shaping.delay_us};
  if (shaping.rate_bps == 0) present->shares.clear();
  return ok();
}

Status FakeLinks::set_share(const std::string& netns, const std::string& device,
                            const net::Share& share) {
  TRY(state_.calls.count("links.set_share " + netns + " " + device + " " +
                         std::to_string(share.id)));
  const std::string attempt = "set a share of device " + device + " in " + netns;
  ASSIGN_OR_RETURN(FakeDevice * present, state_.find_device(netns, device));
  auto& shares = present->shares;
  const auto held = std::find_if(shares.begin(), shares.end(),
                                 [&](const net::Share& one) { return one.id == share.id; });
  if (share.rate_bps == 0) {
    if (held == shares.end()) return errno_error(attempt, ENOENT);
    shares.erase(held);
    return ok();
  }
  if (present->device.shaping.rate_bps == 0) {
    return Error{Errc::kFailedPrecondition,
                 attempt + ": it has no rate of which to guarantee a share", 0};
  }
  if (held != shares.end()) shares.erase(held);
  shares.push_back(share);
  std::sort(shares.begin(), shares.end());
  return ok();
}

Result<bool> FakeLinks::has_qdisc(const std::string& kind) {
  return kind == "tbf" || kind == "netem" || kind == "htb";
}

}  // namespace vinet::kernel
