// The fake's long look: what it keeps, and what the real kernel adds by itself.
#include <algorithm>

#include "kernel/fake_doors.h"

namespace vinet::kernel {

Result<Inspection> FakeLinks::inspect(const std::string& netns) {
  ASSIGN_OR_RETURN(const FakeNamespace* space, state_.open(netns));
  Inspection seen;
  for (const net::Route& route : space->routes) {
    const bool unreachable = route.type == net::RouteType::kUnreachable;
    seen.routes.push_back(
        {route, kMainTable, net::kRouteProtocol, unreachable ? "unreachable" : "unicast"});
  }
  for (const auto& [ifindex, device] : space->devices) {
    seen.devices.push_back({device.device.name, ifindex, space->settings.ipv6,
                            space->settings.ipv6_forwarding, !space->settings.rp_filter_off,
                            false});
    if (!device.device.up) continue;
    for (const net::InterfaceAddress& address : device.device.addresses) {
      net::Route local;
      local.destination = net::host_prefix(address.local);
      local.device = device.device.name;
      seen.routes.push_back({local, kLocalTable, kKernelProtocol, "local"});
      if (!address.peer) continue;
      net::Route peer = local;
      peer.destination = net::prefix_of(*address.peer, address.prefix_length);
      if (net::is_ipv6(*address.peer)) peer.metric = 256;
      seen.routes.push_back({peer, kMainTable, kKernelProtocol, "unicast"});
    }
  }
  seen.rules = {{false, 0, kLocalTable, true},
                {false, 32766, kMainTable, true},
                {false, 32767, 253, true},
                {true, 0, kLocalTable, true},
                {true, 32766, kMainTable, true}};
  return seen;
}

Result<std::set<uint32_t>> FakePrograms::list_shapes(const std::string& machine) {
  ASSIGN_OR_RETURN(const auto counters, list_counters(machine));
  std::set<uint32_t> backsides;
  for (const auto& [backside, counted] : counters) {
    if (backside != 0) backsides.insert(backside);
  }
  return backsides;
}

Result<vi_config> FakePrograms::read_config(const std::string& machine) {
  ASSIGN_OR_RETURN(Held * held, require(machine));
  vi_config config{};
  config.abi_version = VI_ABI_VERSION;
  config.base_addr_be = held->maps->base_address_be;
  config.probe_nonce = held->maps->probe_nonce;
  config.node = held->maps->node;
  return config;
}

Result<std::vector<Filter>> FakePrograms::list_all_filters(const std::string& machine) {
  ASSIGN_OR_RETURN(const FakeNamespace* space, state_.open(machine));
  std::vector<Filter> all;
  const auto add = [&](const std::string& device, const std::shared_ptr<FakeProgram>& program) {
    if (!program) return;
    all.push_back({device, false, VI_FILTER_PRIO, "bpf", program->name, program->id,
                   (program->altered ? "other tag of " : "tag of ") + program->name});
  };
  add("", space->block_filter);
  for (const auto& [ifindex, device] : space->devices) add(device.device.name, device.base_filter);
  std::stable_sort(all.begin(), all.end(),
                   [](const Filter& x, const Filter& y) { return x.device < y.device; });
  return all;
}

Result<std::map<std::string, std::string>> FakePrograms::own_tags() {
  return std::map<std::string, std::string>{{"vi_backside", "tag of vi_backside"},
                                            {"vi_base", "tag of vi_base"},
                                            {"vi_loop", "tag of vi_loop"}};
}

}  // namespace vinet::kernel
