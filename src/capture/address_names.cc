#include "capture/address_names.h"

namespace vinet::capture {

void AddressNames::add(const plan::BasePlan& base) {
  if (!added_.insert(&base).second) return;
  for (const plan::MachinePlan& machine : base.machines) {
    names_[machine.base_address].insert(base.name + "." + machine.name);
  }
  for (const plan::BaseLinkPlan& link : base.links) {
    for (const plan::BaseLinkEnd* end : {&link.a, &link.b}) {
      names_[end->address].insert(base.name + "." + base.machines[end->machine.index].name);
    }
  }
}

void AddressNames::add(const plan::InternetPlan& internet) {
  if (!added_.insert(&internet).second) return;
  for (const plan::NodePlan& node : internet.nodes) {
    const std::string name = internet.name + "." + node.name;
    names_[node.identity].insert(name);
    if (node.identity6) names_[*node.identity6].insert(name);
    for (const plan::Interface& interface : node.interfaces) {
      names_[interface.address].insert(name);
      if (interface.address6) names_[*interface.address6].insert(name);
    }
  }
  for (const plan::LinkPlan& link : internet.links) {
    for (const plan::LinkEndPlan* end : {&link.a, &link.b}) {
      names_[end->link_address].insert(internet.name + "." + link.name + "@" +
                                       internet.nodes[end->node.index].name);
    }
  }
}

std::vector<NameRecord> AddressNames::records() const {
  std::vector<NameRecord> records;
  for (const auto& [address, names] : names_) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : "/") + name;
    records.push_back({address, all});
  }
  return records;
}

}  // namespace vinet::capture
