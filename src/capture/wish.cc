// What is wished for, each thing once.
#include <algorithm>

#include "capture/layout.h"

namespace vinet::capture {

Wish::Link& Wish::link(const plan::BasePlan& base, const plan::InternetPlan& internet,
                       uint32_t index) {
  const auto at = std::find_if(links.begin(), links.end(), [&](const Link& one) {
    return one.internet == &internet && one.index == index;
  });
  if (at != links.end()) return *at;
  return links.emplace_back(Link{&base, &internet, index, false, false});
}

void Wish::add_link(const plan::BasePlan& base, const plan::InternetPlan& internet,
                    uint32_t index) {
  Link& wished = link(base, internet, index);
  wished.at_a = wished.at_b = true;
}

void Wish::add_node(const plan::BasePlan& base, const plan::InternetPlan& internet,
                    uint32_t index) {
  for (const plan::Interface& interface : internet.nodes[index].interfaces) {
    const plan::LinkPlan& plan = internet.links[interface.link.index];
    Link& wished = link(base, internet, interface.link.index);
    wished.at_a = wished.at_a || plan.a.node.index == index;
    wished.at_b = wished.at_b || plan.b.node.index == index;
  }
}

void Wish::add(const BaseInterface& interface) {
  if (std::find(base_interfaces.begin(), base_interfaces.end(), interface) ==
      base_interfaces.end()) {
    base_interfaces.push_back(interface);
  }
}

void Wish::add_base_link(const plan::BasePlan& base, uint32_t index) {
  add({&base, {index, true}});
  add({&base, {index, false}});
}

void Wish::add_machine(const plan::BasePlan& base, uint32_t index) {
  for (uint32_t i = 0; i < base.links.size(); ++i) {
    if (base.links[i].a.machine.index == index) add({&base, {i, true}});
    if (base.links[i].b.machine.index == index) add({&base, {i, false}});
  }
}

}  // namespace vinet::capture
