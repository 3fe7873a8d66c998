// End addresses.
//
//   block of a node   | identity | interface 1 | interface 2 | ... | reserve            |
//   slot                   0            1             2                 up to 2^k - 1
//
// Link ends of internets that stand on the node take addresses of the reserve, from its end
// (upper_link_address.cc).
//
// Problem:   blocks that stay where they are when the description changes, lie along the topology
//            so that routes merge, and avoid hand-set addresses and what runs beside.
// Approach:  previous blocks are taken first, at their place; the others follow in the order of the
//            block-cut tree, so that what hangs on a node is one range of addresses, each node's
//            hosts right behind it, lowest free place first. IPv6 mirrors IPv4: the same slot of a
//            block that ends in the same bits (pool.h), so that one allocation serves both.
// Invariant: blocks are disjoint and hold no hand-set address; a slot is used once.
#include "plan/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include "plan/block_allocator.h"
#include "plan/block_cut_tree.h"
#include "plan/hand_set.h"
#include "plan/pool.h"

namespace vinet::plan {
namespace {

uint64_t block_size(const net::IpPrefix& block) {
  return uint64_t{1} << (32 - block.length);
}

/// Of all link ends of these internets.
std::vector<net::Ipv4> link_addresses(const std::vector<const InternetPlan*>& internets) {
  std::vector<net::Ipv4> all;
  for (const InternetPlan* internet : internets) {
    for (const LinkPlan& link : internet->links) {
      all.push_back(link.a.link_address);
      all.push_back(link.b.link_address);
    }
  }
  return all;
}

class Blocks {
 public:
  Blocks(const graph::Internet& internet, const Surroundings& surroundings,
         const InternetPlan& plan, std::vector<net::IpAddress> hand_set)
      : internet_(internet),
        surroundings_(surroundings),
        plan_(plan),
        hand_set_(std::move(hand_set)),
        taken_(taken_prefixes(internet, surroundings)),
        order_(BlockCutTree(plan, Topology(plan, false)).order()) {
    if (surroundings.previous == nullptr) return;
    std::map<uint32_t, size_t> by_start;  // of link ends above, by their blocks' starts
    for (const NodePlan& node : surroundings.previous->nodes) {
      previous_.emplace(node.name, node.block);
      by_start.emplace(std::get_if<net::Ipv4>(&node.block.network)->bits, 0);
    }
    for (const net::Ipv4 address : link_addresses(surroundings.above)) {
      const auto start = by_start.upper_bound(address.bits);
      if (start != by_start.begin()) ++std::prev(start)->second;
    }
    for (const NodePlan& node : surroundings.previous->nodes) {
      above_.emplace(node.name, by_start.at(std::get_if<net::Ipv4>(&node.block.network)->bits));
    }
  }

  /// Chooses the pool and fills it; on failure says why.
  bool choose(Diagnostics& diagnostics) {
    const auto pools = candidate_pools(internet_, surroundings_, demand(internet_.reserve));
    for (const net::IpPrefix& candidate : pools) {
      if (fill(candidate, internet_.reserve)) return true;
    }
    for (uint64_t reserve = fitting_reserve();; reserve /= 2) {
      if (fill(pools.back(), reserve)) {
        diagnostics.warning(
            internet_.span,
            fmt::format("the reserve of internet '{}' is reduced from {} to {} addresses a node",
                        internet_.name, internet_.reserve, reserve),
            fmt::format("pool {} holds {} addresses", net::to_string(pool), block_size(pool)));
        return true;
      }
      if (reserve == 0) break;
    }
    diagnostics.error(
        internet_.span,
        fmt::format("pool {} is too small for internet '{}'", net::to_string(pool), internet_.name),
        arithmetic());
    return false;
  }

  net::IpPrefix pool;
  std::vector<net::IpPrefix> blocks;  // of each node

 private:
  uint64_t needed(uint32_t node) const {
    const auto above = above_.find(plan_.nodes[node].name);
    return 1 + plan_.nodes[node].interfaces.size() + (above == above_.end() ? 0 : above->second);
  }

  uint64_t demand(uint64_t reserve) const {
    uint64_t sum = 0;
    for (uint32_t node = 0; node < plan_.nodes.size(); ++node)
      sum += power_of_two(needed(node) + reserve);
    return sum;
  }

  /// The largest reserve below the written one with which all blocks could fit into the last pool
  /// tried.
  uint64_t fitting_reserve() const {
    uint64_t low = 0,
             high = std::max<uint64_t>(internet_.reserve, 1);  // the answer is in [low, high)
    while (high - low > 1) {
      const uint64_t middle = (low + high) / 2;
      (demand(middle) <= block_size(pool) ? low : high) = middle;
    }
    return low;
  }

  std::string arithmetic() const {
    BlockAllocator allocator(pool);
    avoid_hand_set(allocator);
    avoid_others(allocator);
    size_t interfaces = 0;
    for (const NodePlan& node : plan_.nodes) interfaces += node.interfaces.size();
    std::string text = fmt::format(
        "{} nodes with {} interfaces take {} addresses without any reserve (1 + interfaces a node, "
        "rounded up to a "
        "power of two); the pool has {}",
        plan_.nodes.size(), interfaces, demand(0), allocator.size());
    if (allocator.taken() > 0) text += fmt::format(", {} of them in use", allocator.taken());
    return text;
  }

  /// No block holds a hand-set address, nor one whose IPv6 mirror is hand-set.
  void avoid_hand_set(BlockAllocator& allocator) const {
    for (const net::IpAddress& address : hand_set_) {
      allocator.block(net::host_prefix(address));
      if (!plan_.pool6 || !net::is_ipv6(address)) continue;
      const auto mirrored = unmirror(*plan_.pool6, pool, *std::get_if<net::Ipv6>(&address));
      if (mirrored) allocator.block(net::host_prefix(*mirrored));
    }
  }

  void avoid_others(BlockAllocator& allocator) const {
    for (const net::IpPrefix& prefix : taken_) allocator.block(prefix);
  }

  bool fill(const net::IpPrefix& from, uint64_t reserve) {
    pool = from;
    blocks.assign(plan_.nodes.size(), {});
    BlockAllocator allocator(pool);
    avoid_hand_set(allocator);
    std::vector<bool> has_block(plan_.nodes.size(), false);
    for (const uint32_t node :
         order_) {  // also where another internet has a hand-set address in it since
      const auto it = previous_.find(plan_.nodes[node].name);
      if (it == previous_.end() || block_size(it->second) < needed(node)) continue;
      if (!allocator.take(it->second)) continue;
      blocks[node] = it->second;
      has_block[node] = true;
    }
    avoid_others(allocator);
    for (const uint32_t node : order_) {
      if (has_block[node]) continue;
      const auto block = allocator.allocate(power_of_two(needed(node) + reserve));
      if (!block) return false;
      blocks[node] = *block;
    }
    return true;
  }

  const graph::Internet& internet_;
  const Surroundings& surroundings_;
  const InternetPlan& plan_;
  const std::vector<net::IpAddress> hand_set_;
  const std::vector<net::IpPrefix> taken_;
  const std::vector<uint32_t> order_;
  std::map<std::string, net::IpPrefix> previous_;
  std::map<std::string, uint64_t> above_;  // link ends of internets that stand on the node
};

/// The slots of a node's interfaces: previous ones stay with their link, others take the lowest
/// that is free. `above`: link addresses of what stands on the internet, sorted.
std::vector<uint32_t> slots(const InternetPlan& plan, const NodePlan& node,
                            const InternetPlan* previous, const NodePlan* old,
                            const std::vector<net::Ipv4>& above) {
  std::vector<uint32_t> slots(node.interfaces.size(), 0);
  if (old == nullptr) {
    std::iota(slots.begin(), slots.end(), 1);
    return slots;
  }
  std::set<uint32_t> used{0};
  std::map<std::string, uint32_t> before;  // by link
  if (old->block == node.block) {
    const uint32_t first = std::get_if<net::Ipv4>(&old->block.network)->bits;
    for (const Interface& interface : old->interfaces) {
      std::optional<net::Ipv4> address = interface.address;
      if (!net::contains(old->block, *address)) address.reset();
      if (!address && interface.address6 &&
          previous->pool6) {  // written IPv4 address, slot of the IPv6 one
        address = unmirror(*previous->pool6, old->block, *interface.address6);
      }
      if (address)
        before.emplace(previous->links[interface.link.index].name, address->bits - first);
    }
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    const auto it = before.find(plan.links[node.interfaces[i].link.index].name);
    if (it != before.end() && used.insert(it->second).second) slots[i] = it->second;
  }
  const net::Ipv4 begin = *std::get_if<net::Ipv4>(&node.block.network);
  for (auto at = std::lower_bound(above.begin(), above.end(), begin);
       at != above.end() && net::contains(node.block, *at); ++at) {
    used.insert(at->bits - begin.bits);
  }
  uint32_t next = 1;
  for (uint32_t& slot : slots) {
    if (slot != 0) continue;
    while (!used.insert(next).second) ++next;
    slot = next;
  }
  return slots;
}

}  // namespace

void assign_addresses(const graph::Internet& internet, const Surroundings& surroundings,
                      InternetPlan& plan, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  std::vector<net::IpAddress> hand_set = hand_set_addresses(internet, diagnostics);
  if (diagnostics.error_count() > errors) return;
  plan.pool6 = choose_pool6(internet, surroundings);
  Blocks blocks(internet, surroundings, plan, std::move(hand_set));
  if (!blocks.choose(diagnostics)) return;
  plan.pool = blocks.pool;
  if (plan.pool6 && plan.pool6->length > 96 + plan.pool.length) {
    diagnostics.error(
        internet.span,
        fmt::format("pool6 {} of internet '{}' is smaller than pool {}",
                    net::to_string(*plan.pool6), internet.name, net::to_string(plan.pool)),
        fmt::format("IPv6 addresses mirror the IPv4 ones: at most /{} - {} = /{}", 128,
                    32 - plan.pool.length, 96 + plan.pool.length));
    return;
  }
  std::vector<net::Ipv4> above = link_addresses(surroundings.above);
  std::sort(above.begin(), above.end());
  std::map<std::string, const NodePlan*> before;
  if (surroundings.previous != nullptr) {
    for (const NodePlan& node : surroundings.previous->nodes) before.emplace(node.name, &node);
  }
  for (uint32_t i = 0; i < plan.nodes.size(); ++i) {
    NodePlan& node = plan.nodes[i];
    node.block = blocks.blocks[i];
    const net::Ipv4 first = *std::get_if<net::Ipv4>(&node.block.network);
    node.identity = hand_set_ipv4(internet.nodes[i].addresses).value_or(first);
    if (plan.pool6) {
      node.block6 = mirror(*plan.pool6, node.block);
      node.identity6 =
          hand_set_ipv6(internet.nodes[i].addresses).value_or(mirror(*plan.pool6, first));
    }
    const auto old = before.find(node.name);
    const std::vector<uint32_t> slot = slots(plan, node, surroundings.previous,
                                             old == before.end() ? nullptr : old->second, above);
    for (size_t k = 0; k < node.interfaces.size(); ++k) {
      Interface& interface = node.interfaces[k];
      const graph::Link& link = internet.links[interface.link.index];
      const graph::LinkEnd& end = link.a.node.index == i ? link.a : link.b;
      interface.address = hand_set_ipv4(end.addresses).value_or(first + slot[k]);
      if (plan.pool6 && plan.links[interface.link.index].ipv6) {
        interface.address6 =
            hand_set_ipv6(end.addresses).value_or(mirror(*plan.pool6, first + slot[k]));
      }
    }
  }
}

}  // namespace vinet::plan
