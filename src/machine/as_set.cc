#include "machine/as_set.h"

#include <set>
#include <utility>

namespace vinet::machine {
namespace {

template <typename Slices, typename Act>
void for_each_base_device(Slices& slices, Act act) {
  for (auto& [machine, slice] : slices) {
    for (auto& veth : slice.veths) {
      if (veth.role != slice::VethRole::kBase) continue;
      act(veth.a_namespace, veth.a);
      act(veth.b_namespace, veth.b);
    }
  }
}

}  // namespace

void leave_as_set(const std::map<std::string, slice::Slice>& have,
                  std::map<std::string, slice::Slice>& want) {
  std::map<std::string, std::set<std::string>> down;  // by machine
  std::map<std::pair<std::string, std::string>, uint32_t> mtus;
  for_each_base_device(have, [&](const std::string& machine, const net::Device& device) {
    if (device.name.empty()) return;  // half a pair
    if (!device.up) down[machine].insert(device.name);
    mtus[{machine, device.name}] = device.mtu_bytes;
  });
  for_each_base_device(want, [&](const std::string& machine, net::Device& device) {
    if (down[machine].contains(device.name)) device.up = false;
    const auto mtu = mtus.find({machine, device.name});
    if (mtu != mtus.end()) device.mtu_bytes = mtu->second;
  });
  for (auto& [machine, slice] : want) {
    for (slice::Namespace& space : slice.namespaces) {
      std::erase_if(space.routes, [&](const net::Route& route) {
        return down[space.name].contains(route.device);
      });
    }
  }
}

}  // namespace vinet::machine
