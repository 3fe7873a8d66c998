#include "fleet/directory.h"

#include "plan/stack.h"
#include "slice/marks.h"

namespace vinet::fleet {

Directory::Directory(const plan::Plan& world) {
  for (const plan::BasePlan& base : world.bases) {
    if (!base.fleet) continue;
    for (const plan::MachinePlan& machine : base.machines) {
      const std::string name = slice::namespace_name(base.name, machine.name);
      machines_.emplace(name, Place{name, machine.daemon});
    }
  }
  if (machines_.empty()) return;
  for (const plan::InternetPlan& internet : world.internets) {
    for (uint32_t i = 0; i < internet.nodes.size(); ++i) {
      const auto [on, machine] = plan::bottom_machine(world, internet, plan::NodeId{i});
      const plan::BasePlan* base = world.find_base(on);
      if (base == nullptr || !base->fleet || machine.index >= base->machines.size()) continue;
      nodes_.emplace(slice::namespace_name(internet.name, internet.nodes[i].name),
                     slice::namespace_name(base->name, base->machines[machine.index].name));
    }
  }
}

const Place* Directory::find(const std::string& space) const {
  const auto node = nodes_.find(space);
  const auto machine = machines_.find(node == nodes_.end() ? space : node->second);
  return machine == machines_.end() ? nullptr : &machine->second;
}

}  // namespace vinet::fleet
