// What happens to the fake kernel's objects when one of them goes.
#include "kernel/fake_state.h"

#include <algorithm>
#include <cerrno>

#include "kernel/names.h"

namespace vinet::kernel {

FakeNamespace::FakeNamespace() {
  net::Device lo;
  lo.name = "lo";
  lo.mtu_bytes = 65536;
  lo.up = false;
  add(lo);
}

FakeDevice& FakeNamespace::add(const net::Device& device) {
  const uint32_t ifindex = next_ifindex++;
  FakeDevice& added = devices[ifindex];
  added.device = device;
  added.ifindex = ifindex;
  return added;
}

FakeDevice* FakeNamespace::find(const std::string& name) {
  for (auto& [ifindex, device] : devices) {
    if (device.device.name == name) return &device;
  }
  return nullptr;
}

void FakeNamespace::drop_routes(const std::function<bool(const net::Route&)>& gone) {
  routes.erase(std::remove_if(routes.begin(), routes.end(), gone), routes.end());
}

bool leads_over(const net::Route& route, const std::string& device) {
  return route.device == device ||
         std::any_of(route.others.begin(), route.others.end(),
                     [&](const net::NextHop& hop) { return hop.device == device; });
}

void FakeNamespace::drop_routes_over(const FakeDevice& device, bool ipv6,
                                     const std::function<bool(const FakeDevice&)>& usable) {
  drop_routes([&](const net::Route& route) {
    if (net::is_ipv6(route.destination.network) != ipv6) return false;
    if (!leads_over(route, device.device.name)) return false;
    return std::none_of(devices.begin(), devices.end(), [&](const auto& entry) {
      return leads_over(route, entry.second.device.name) && usable(entry.second);
    });
  });
}

void FakeNamespace::drop_ipv6_hops(const std::string& device) {
  for (net::Route& route : routes) {
    if (!net::is_ipv6(route.destination.network)) continue;
    std::erase_if(route.others, [&](const net::NextHop& hop) { return hop.device == device; });
    if (route.device != device || route.others.empty()) continue;
    route.via = route.others.front().via;
    route.device = route.others.front().device;
    route.others.erase(route.others.begin());
  }
  drop_routes([&](const net::Route& route) {
    return net::is_ipv6(route.destination.network) && route.device == device;
  });
}

void FakeNamespace::drop_ipv6(FakeDevice& device) {
  auto& addresses = device.device.addresses;
  addresses.erase(std::remove_if(addresses.begin(), addresses.end(),
                                 [](const net::InterfaceAddress& address) {
                                   return net::is_ipv6(address.local);
                                 }),
                  addresses.end());
  drop_ipv6_hops(device.device.name);
}

Result<FakeNamespace*> FakeState::open(const std::string& name) {
  if (name.empty()) return &own;
  TRY(check_namespace_name(name));
  const auto found = names.find(name);
  if (found == names.end()) return Error{Errc::kNotFound, "no namespace " + name, ENOENT};
  if (own_names.contains(name)) return &own;
  if (found->second == nullptr) {
    return Error{Errc::kFailedPrecondition,
                 "namespace " + name + " is only an empty file (half made, or unmounted by hand)"};
  }
  return found->second.get();
}

Result<FakeDevice*> FakeState::find_device(const std::string& netns, const std::string& name) {
  ASSIGN_OR_RETURN(FakeNamespace * space, open(netns));
  FakeDevice* device = space->find(name);
  if (device == nullptr) return errno_error("find device " + name, ENODEV);
  return device;
}

void FakeState::delete_end(FakeNamespace& space, uint32_t ifindex) {
  const auto found = space.devices.find(ifindex);
  if (found == space.devices.end()) return;
  const std::string name = found->second.device.name;
  space.devices.erase(found);
  std::vector<uint32_t> uppers;
  for (const auto& [upper, device] : space.devices) {
    if (device.lower_ifindex == ifindex) uppers.push_back(upper);
  }
  for (const uint32_t upper : uppers) delete_end(space, upper);
  space.drop_ipv6_hops(name);
  space.drop_routes([&](const net::Route& route) { return leads_over(route, name); });
  const bool block_in_use = std::any_of(space.devices.begin(), space.devices.end(),
                                        [](const auto& entry) { return entry.second.in_block; });
  if (!block_in_use) space.block_filter.reset();
}

void FakeState::delete_veth(const std::string& netns, uint32_t ifindex) {
  auto space = open(netns);
  if (!space) return;
  const auto found = (*space)->devices.find(ifindex);
  if (found == (*space)->devices.end()) return;
  const FakeDevice end = found->second;
  delete_end(**space, ifindex);
  if (end.lower_ifindex != 0) return;
  if (auto peer_space = open(end.peer_netns)) delete_end(**peer_space, end.peer_ifindex);
}

std::shared_ptr<FakeProgram> FakeState::make_program(const std::string& name,
                                                     std::shared_ptr<FakeMaps> maps) {
  auto program =
      std::make_shared<FakeProgram>(FakeProgram{next_program_id++, name, std::move(maps)});
  programs.push_back(program);
  return program;
}

}  // namespace vinet::kernel
