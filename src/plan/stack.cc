#include "plan/stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vinet::plan {
namespace {

/// Packets must go through the very interface of such a link, where that is done.
const char* shaped_by(const LinkPlan& link) {
  if (link.rate_bps != 0) return "rate";
  if (link.loss_ppb != 0) return "loss";
  return link.delay_us != 0 ? "delay" : nullptr;
}

}  // namespace

const InternetPlan* lower_of(const Plan& plan, const InternetPlan& internet) {
  return plan.find_base(internet.base) != nullptr ? nullptr : plan.find_internet(internet.base);
}

std::vector<std::string> machine_names(const Plan& plan, const std::string& on) {
  std::vector<std::string> names;
  if (const BasePlan* base = plan.find_base(on)) {
    for (const MachinePlan& machine : base->machines) names.push_back(machine.name);
  } else if (const InternetPlan* lower = plan.find_internet(on)) {
    for (const NodePlan& node : lower->nodes) names.push_back(node.name);
  }
  return names;
}

InternetPlan renumbered(InternetPlan internet, const std::vector<std::string>& before,
                        const std::vector<std::string>& now) {
  std::map<std::string, uint32_t> numbers;
  for (uint32_t i = 0; i < now.size(); ++i) numbers.emplace(now[i], i);
  for (NodePlan& node : internet.nodes) {
    const uint32_t was = node.machine.index;
    const auto it = was < before.size() ? numbers.find(before[was]) : numbers.end();
    node.machine.index = it == numbers.end() ? UINT32_MAX : it->second;
  }
  return internet;
}

std::vector<const InternetPlan*> standing_on(const Plan& plan, const std::string& name) {
  std::multimap<std::string, const InternetPlan*> above;
  for (const InternetPlan& internet : plan.internets) above.emplace(internet.base, &internet);
  std::vector<const InternetPlan*> all;  // breadth first: each layer after the one below it
  std::vector<std::string> open{name};
  for (size_t i = 0; i < open.size() && i <= plan.internets.size(); ++i) {
    const auto [first, last] = above.equal_range(open[i]);
    for (auto one = first; one != last; ++one) {
      all.push_back(one->second);
      open.push_back(one->second->name);
    }
  }
  std::reverse(all.begin(), all.end());
  return all;
}

std::pair<std::string, MachineId> bottom_machine(const Plan& plan, const InternetPlan& internet,
                                                 NodeId node) {
  const InternetPlan* at = &internet;
  MachineId machine = at->nodes[node.index].machine;
  for (size_t layers = 0; layers <= plan.internets.size(); ++layers) {
    if (plan.find_base(at->base) != nullptr) return {at->base, machine};
    at = lower_of(plan, *at);
    if (at == nullptr || machine.index >= at->nodes.size()) break;
    machine = at->nodes[machine.index].machine;
  }
  return {};
}

std::string anchor(const Plan& plan, const InternetPlan& internet, NodeId node) {
  const InternetPlan* at = &internet;
  uint32_t index = node.index;
  for (size_t layers = 0; layers <= plan.internets.size(); ++layers) {
    const uint32_t machine = at->nodes[index].machine.index;
    if (const BasePlan* base = plan.find_base(at->base)) {
      return machine < base->machines.size() ? base->name + "." + base->machines[machine].name : "";
    }
    const InternetPlan* lower = lower_of(plan, *at);
    if (lower == nullptr || machine >= lower->nodes.size()) break;
    if (!at->flattened) return lower->name + "." + lower->nodes[machine].name;
    at = lower;
    index = machine;
  }
  return "";
}

uint32_t depth(const Plan& plan, const InternetPlan& internet) {
  uint32_t layers = 1;
  for (const InternetPlan* at = lower_of(plan, internet);
       at != nullptr && layers <= plan.internets.size(); at = lower_of(plan, *at)) {
    ++layers;
  }
  return layers;
}

uint32_t headers_at_anchor(const Plan& plan, const InternetPlan& internet) {
  uint32_t above = 0;
  for (const InternetPlan* at = &internet; above <= plan.internets.size(); ++above) {
    const InternetPlan* lower = lower_of(plan, *at);
    if (lower == nullptr) return above + 2;
    if (!at->flattened) return above + 1;
    at = lower;
  }
  return above;
}

std::string unflattened_because(const Plan& plan, const InternetPlan& lower, bool flatten) {
  if (!flatten) return "it says `flatten = no`";
  for (const LinkPlan& link : lower.links) {
    if (const char* what = shaped_by(link)) {
      return fmt::format("link '{}' of '{}' has a `{}`", link.name, lower.name, what);
    }
  }
  const uint32_t headers = headers_at_anchor(plan, lower) + 1;
  if (headers <= kMostHeaders) return "";
  return fmt::format("{} headers are more than the {} that are pushed in one go", headers,
                     kMostHeaders);
}

void decide_flattened(const Plan& plan, InternetPlan& internet) {
  const InternetPlan* lower = lower_of(plan, internet);
  internet.unflattened_because =
      lower == nullptr ? "" : unflattened_because(plan, *lower, internet.flatten);
  internet.flattened = lower != nullptr && internet.unflattened_because.empty();
}

}  // namespace vinet::plan
