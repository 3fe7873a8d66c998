// Counters of the maps, told apart by the aliases of the backsides.
#include "machine/counters.h"

#include <set>

#include "machine/view.h"

namespace vinet::machine {
namespace {

LinkCounters counters_from(const vi_counters& counted) {
  LinkCounters out;
  out.tx_packets = counted.tx_packets;
  out.tx_bytes = counted.tx_bytes;
  out.rx_packets = counted.rx_packets;
  out.rx_bytes = counted.rx_bytes;
  for (uint32_t reason = 0; reason < VI_REASON_COUNT; ++reason) {
    if (counted.drops[reason] != 0)
      out.drops.emplace_back(reason_name(reason), counted.drops[reason]);
  }
  return out;
}

}  // namespace

const char* reason_name(uint32_t reason) {
  static constexpr const char* kNames[] = {
#define VI_REASON_NAME(name, text) text,
      VI_REASONS(VI_REASON_NAME)
#undef VI_REASON_NAME
  };
  return reason < std::size(kNames) ? kNames[reason] : "unknown";
}

Result<std::vector<LinkCounters>> read_counters(kernel::Kernel& kernel,
                                                const std::vector<std::string>& owners) {
  const std::set<std::string> wanted(owners.begin(), owners.end());
  ASSIGN_OR_RETURN(const View view, look(kernel, Sight{}));
  std::vector<LinkCounters> links, machines;
  for (const auto& [machine, held] : view.programs) {
    if (!held.attachment.loaded) continue;
    const NamespaceView& space = view.spaces.at(machine);
    ASSIGN_OR_RETURN(const auto counted, kernel.programs().list_counters(machine));
    bool concerned = wanted.contains(space.mark.owner);
    for (const auto& device : space.devices) {
      const auto mark = backside_mark(space, device);
      const auto it = counted.find(device.ifindex);
      if (!mark || !wanted.contains(mark->owner) || it == counted.end()) continue;
      concerned = true;
      LinkCounters link = counters_from(it->second);
      link.owner = mark->owner;
      link.link = mark->link;
      link.node = mark->at;
      link.machine = machine;
      links.push_back(std::move(link));
    }
    const auto rest = counted.find(0);
    if (!concerned || rest == counted.end()) continue;
    LinkCounters of_machine = counters_from(rest->second);
    of_machine.owner = space.mark.owner;
    of_machine.machine = machine;
    machines.push_back(std::move(of_machine));
  }
  links.insert(links.end(), machines.begin(), machines.end());
  return links;
}

}  // namespace vinet::machine
