#include "capture/stack_ways.h"

#include <algorithm>
#include <deque>

namespace vinet::capture {
namespace {

const plan::LinkEndPlan& end_of(const plan::LinkPlan& link, bool at_a) {
  return at_a ? link.a : link.b;
}

/// Ends of links over which nodes send to an address, from one to another.
class Walk {
 public:
  explicit Walk(const plan::InternetPlan& internet) : internet_(internet) {}

  /// False if routes do not lead there.
  bool go(uint32_t from, uint32_t to, net::Ipv4 address) {
    std::set<uint32_t> seen = {from};
    std::deque<uint32_t> queue = {from};
    for (; !queue.empty(); queue.pop_front()) {
      const uint32_t at = queue.front();
      if (at == to) continue;
      for (const uint32_t number : links_to(at, address)) {
        const plan::LinkPlan& link = internet_.links[number];
        met_.insert(number);
        const uint32_t next = link.a.node.index == at ? link.b.node.index : link.a.node.index;
        if (seen.insert(next).second) queue.push_back(next);
      }
    }
    return seen.contains(to);
  }

  const std::set<uint32_t>& met() const { return met_; }

 private:
  std::vector<uint32_t> links_to(uint32_t index, net::Ipv4 address) const {
    const plan::NodePlan& node = internet_.nodes[index];
    const net::Route* best = nullptr;
    for (const net::Route& route : node.routes) {
      if (!net::contains(route.destination, address)) continue;
      if (best == nullptr || route.destination.length > best->destination.length ||
          (route.destination.length == best->destination.length && route.metric < best->metric)) {
        best = &route;
      }
    }
    std::vector<uint32_t> links;
    if (best == nullptr || best->type != net::RouteType::kUnicast) return links;
    std::set<std::string> devices = {best->device};
    for (const net::NextHop& hop : best->others) devices.insert(hop.device);
    for (const plan::Interface& interface : node.interfaces) {
      if (devices.contains(interface.device)) links.push_back(interface.link.index);
    }
    return links;
  }

  const plan::InternetPlan& internet_;
  std::set<uint32_t> met_;
};

std::set<uint32_t> all_links(const plan::InternetPlan& internet) {
  std::set<uint32_t> links;
  for (uint32_t i = 0; i < internet.links.size(); ++i) links.insert(i);
  return links;
}

}  // namespace

plan::MachineId Stack::bottom(size_t layer, plan::NodeId node) const {
  plan::MachineId at = internet(layer).nodes[node.index].machine;
  while (--layer > 0) at = internet(layer).nodes[at.index].machine;
  return at;
}

Stack stack_of(const plan::BasePlan& base, const plan::InternetPlan& internet,
               const std::vector<const plan::InternetPlan*>& all) {
  Stack stack{&base, {}};
  const plan::InternetPlan* at = &internet;
  while (at != nullptr && stack.internets.size() <= all.size()) {
    stack.internets.insert(stack.internets.begin(), at);
    if (at->base == base.name) break;
    const auto lower = std::find_if(all.begin(), all.end(),
                                    [&](const auto* one) { return one->name == at->base; });
    at = lower == all.end() ? nullptr : *lower;
  }
  return stack;
}

std::vector<LayerEnd> lower_ways(const Stack& stack, uint32_t link) {
  std::set<LayerEnd> ends;
  std::set<uint32_t> carried = {link};
  for (size_t layer = stack.top(); layer > 1; --layer) {
    const plan::InternetPlan &above = stack.internet(layer), &lower = stack.internet(layer - 1);
    std::set<uint32_t> carriers;
    for (const uint32_t number : carried) {
      const plan::LinkPlan& plan = above.links[number];
      const uint32_t a = above.nodes[plan.a.node.index].machine.index;
      const uint32_t b = above.nodes[plan.b.node.index].machine.index;
      if (a == b) continue;
      Walk walk(lower);
      const bool there = walk.go(a, b, plan.b.link_address);
      const bool back = walk.go(b, a, plan.a.link_address);
      for (const uint32_t met : there&& back ? walk.met() : all_links(lower)) {
        carriers.insert(met);
        for (const bool at_a : {true, false}) {
          const uint32_t node = end_of(lower.links[met], at_a).node.index;
          // Flattened, they go from the node above straight into the base.
          if (above.flattened && (node == a || node == b)) continue;
          ends.insert({layer - 1, met, at_a});
        }
      }
    }
    carried = std::move(carriers);
  }
  std::vector<LayerEnd> sorted(ends.begin(), ends.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const LayerEnd& x, const LayerEnd& y) { return x.layer > y.layer; });
  return sorted;
}

std::vector<BaseEnd> base_ways(const Stack& stack, uint32_t link) {
  const plan::InternetPlan& lowest = stack.internet(1);
  std::set<std::pair<uint32_t, uint32_t>> pairs;
  std::vector<BaseEnd> ends;
  for (uint32_t i = 0; i < lowest.links.size(); ++i) {
    if (stack.top() == 1 && i != link) continue;
    const plan::LinkPlan& plan = lowest.links[i];
    const plan::MachineId a = lowest.nodes[plan.a.node.index].machine;
    const plan::MachineId b = lowest.nodes[plan.b.node.index].machine;
    if (plan.local || !pairs.emplace(a.index, b.index).second) continue;
    for (const BaseEnd& end : ways_between(*stack.base, a, b)) {
      if (std::find(ends.begin(), ends.end(), end) == ends.end()) ends.push_back(end);
    }
  }
  return ends;
}

HeaderSet headers_of_links(const plan::InternetPlan& internet) {
  std::set<Header> headers;
  for (const plan::LinkPlan& link : internet.links) {
    headers.insert({link.a.link_address, link.b.link_address});
    headers.insert({link.b.link_address, link.a.link_address});
  }
  return std::make_shared<const std::set<Header>>(std::move(headers));
}

}  // namespace vinet::capture
