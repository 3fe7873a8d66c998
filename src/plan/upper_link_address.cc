// Link addresses above the first layer: addresses of the lower nodes' blocks, on no device there
// (DESIGN §7).
//
//   block of lower.a   | identity | interfaces of a ... |  free  | ... link ends that stand on a |
//                                   grow upwards -->               <-- grow downwards
//
// Problem:   an address that lower's routes lead to the node already, that no one else has there,
//            and that stays when descriptions change.
// Approach:  what the previous plan has stays while it is in the node's block and free; the others
//            take the highest free address of the block.
// Invariant: an address is used once in the whole lower internet: blocks are disjoint.
#include <fmt/format.h>

#include <map>
#include <string>
#include <unordered_set>

#include "plan/address.h"
#include "plan/node_addresses.h"

namespace vinet::plan {
namespace {

using Used = std::unordered_set<uint32_t>;

class UpperLinks {
 public:
  UpperLinks(const graph::Internet& internet, const InternetPlan& lower,
             const std::vector<const InternetPlan*>& others, InternetPlan& plan)
      : internet_(internet), lower_(lower), plan_(plan) {
    for (const NodePlan& node : lower.nodes) {
      for (const net::Ipv4 address : block_addresses(lower, node)) used_.insert(address.bits);
    }
    for (const InternetPlan* other : others) {
      for (const LinkPlan& link : other->links) {
        used_.insert(link.a.link_address.bits);
        used_.insert(link.b.link_address.bits);
      }
    }
  }

  void keep(const InternetPlan& previous) {
    std::map<std::string, const LinkPlan*> before;
    for (const LinkPlan& link : previous.links) before.emplace(link.name, &link);
    for (LinkPlan& link : plan_.links) {
      const auto old = before.find(link.name);
      if (old == before.end()) continue;
      for (LinkEndPlan* end : {&link.a, &link.b}) {
        for (const LinkEndPlan* was : {&old->second->a, &old->second->b}) {
          const bool same =
              plan_.nodes[end->node.index].name == previous.nodes[was->node.index].name;
          if (same && net::contains(below(*end).block, was->link_address) &&
              used_.insert(was->link_address.bits).second) {
            end->link_address = was->link_address;
          }
        }
      }
    }
  }

  void fill(Diagnostics& diagnostics) {
    for (size_t i = 0; i < plan_.links.size(); ++i) {
      for (LinkEndPlan* end : {&plan_.links[i].a, &plan_.links[i].b}) {
        if (end->link_address == net::Ipv4{} && !take(*end)) {
          report(i, below(*end), diagnostics);
        }
      }
    }
  }

 private:
  const NodePlan& below(const LinkEndPlan& end) const {
    return lower_.nodes[plan_.nodes[end.node.index].machine.index];
  }

  bool take(LinkEndPlan& end) {
    const NodePlan& node = below(end);
    const uint32_t first = std::get_if<net::Ipv4>(&node.block.network)->bits;
    const uint64_t size = uint64_t{1} << (32 - node.block.length);
    uint64_t& left = left_.try_emplace(first, size).first->second;
    while (left > 0) {
      const uint32_t address = first + static_cast<uint32_t>(--left);
      if (!used_.insert(address).second) continue;
      end.link_address = net::Ipv4{address};
      return true;
    }
    return false;
  }

  void report(size_t link, const NodePlan& node, Diagnostics& diagnostics) {
    if (!reported_.insert(node.name).second) return;
    const uint64_t size = uint64_t{1} << (32 - node.block.length);
    const size_t own = block_addresses(lower_, node).size();
    diagnostics.error(
        internet_.links[link].span,
        fmt::format("no address is left for link '{}' in block {} of '{}.{}'",
                    internet_.links[link].name, net::to_string(node.block), lower_.name, node.name),
        fmt::format("{} addresses - {} of the node itself - {} of links on it = 0; give '{}' a "
                    "larger `reserve`",
                    size, own, size - own, lower_.name));
  }

  const graph::Internet& internet_;
  const InternetPlan& lower_;
  InternetPlan& plan_;
  Used used_;
  std::map<uint32_t, uint64_t> left_;  // by block: addresses from its start that were not tried
  std::unordered_set<std::string> reported_;
};

}  // namespace

void assign_upper_link_addresses(const graph::Internet& internet, const Surroundings& surroundings,
                                 InternetPlan& plan, Diagnostics& diagnostics) {
  UpperLinks links(internet, *surroundings.lower, surroundings.others, plan);
  if (surroundings.previous != nullptr) links.keep(*surroundings.previous);
  links.fill(diagnostics);
}

}  // namespace vinet::plan
