// Addresses against naive checks: the allocator against a bitmap, plans against pairwise
// comparison, edits against "nothing else changed".
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "diff/plan_random.h"
#include "plan/block_allocator.h"
#include "plan/plan_json.h"
#include "plan/sitn.h"

namespace vinet::plan::testing {
namespace {

std::string trace(uint64_t round) {
  return "round " + std::to_string(round) + " of VINET_SEED=" + std::to_string(seed());
}

/// The stupid twin: one bool an address.
class Bitmap {
 public:
  explicit Bitmap(const net::IpPrefix& pool)
      : first_(std::get<net::Ipv4>(pool.network).bits),
        taken_(size_t{1} << (32 - pool.length), false) {}
  void block(const net::IpPrefix& prefix) {
    for_each(prefix, [&](size_t i) { taken_[i] = true; });
  }
  bool take(const net::IpPrefix& prefix) {
    size_t free = 0;
    for_each(prefix, [&](size_t i) { free += taken_[i] ? 0 : 1; });
    if (free != size_t{1} << (32 - prefix.length)) return false;
    block(prefix);
    return true;
  }
  std::optional<net::IpPrefix> allocate(uint64_t size) {
    for (size_t at = (size - first_ % size) % size; at + size <= taken_.size(); at += size) {
      if (std::find(taken_.begin() + static_cast<long>(at),
                    taken_.begin() + static_cast<long>(at + size),
                    true) != taken_.begin() + static_cast<long>(at + size)) {
        continue;
      }
      uint8_t length = 32;
      for (uint64_t s = size; s > 1; s /= 2) --length;
      const net::IpPrefix prefix{net::Ipv4{first_ + static_cast<uint32_t>(at)}, length};
      block(prefix);
      return prefix;
    }
    return std::nullopt;
  }
  uint64_t taken() const {
    return static_cast<uint64_t>(std::count(taken_.begin(), taken_.end(), true));
  }

 private:
  void for_each(const net::IpPrefix& prefix, const auto& visit) {
    const uint32_t begin = std::get<net::Ipv4>(prefix.network).bits;
    for (uint64_t i = 0; i < uint64_t{1} << (32 - prefix.length); ++i) {
      const uint64_t offset = begin + i - first_;
      if (begin + i >= first_ && offset < taken_.size()) visit(offset);
    }
  }
  uint32_t first_;
  std::vector<bool> taken_;
};

TEST(BlockAllocator, DoesWhatABitmapDoes) {
  for (uint64_t round = 0; round < 500; ++round) {
    SCOPED_TRACE(trace(round));
    Random random(3, round);
    const net::IpPrefix pool = net::prefix_of(net::Ipv4{0x0a000000 + 256 * random.below(256)},
                                              static_cast<uint8_t>(22 + random.below(4)));
    BlockAllocator fast(pool);
    Bitmap naive(pool);
    for (int step = 0; step < 60; ++step) {
      const auto length = static_cast<uint8_t>(32 - random.below(7));
      const net::IpPrefix near = net::prefix_of(
          std::get<net::Ipv4>(pool.network) + random.below(1200) + ~uint32_t{63}, length);
      switch (random.below(4)) {
        case 0:
          fast.block(near);
          naive.block(near);
          break;
        case 1:
          ASSERT_EQ(fast.take(near), naive.take(near)) << net::to_string(near);
          break;
        default: {
          const uint64_t size = uint64_t{1} << random.below(7);
          ASSERT_EQ(fast.allocate(size), naive.allocate(size)) << size;
        }
      }
      ASSERT_EQ(fast.taken(), naive.taken());
    }
  }
}

/// Without holes at the start, blocks fit while their sum does.
TEST(BlockAllocator, FillsAPoolToTheLastAddress) {
  for (uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE(trace(round));
    Random random(4, round);
    BlockAllocator allocator(*net::parse_prefix("10.1.0.0/22"));
    for (uint64_t left = allocator.size(); left > 0;) {
      uint64_t size = uint64_t{1} << random.below(9);
      while (size > left) size /= 2;
      ASSERT_TRUE(allocator.allocate(size)) << size << " of " << left;
      left -= size;
    }
    EXPECT_FALSE(allocator.allocate(1));
  }
}

struct Owned {
  net::IpPrefix prefix;
  std::string who;
};

/// Every block, and every address outside of its node's block.
std::vector<Owned> owned(const InternetPlan& plan) {
  std::vector<Owned> all;
  for (const NodePlan& node : plan.nodes) {
    const std::string who = plan.name + "." + node.name;
    all.push_back({node.block, who});
    if (node.block6) all.push_back({*node.block6, who});
    const auto add = [&](const net::IpAddress& address) {
      if (net::contains(node.block, address) ||
          (node.block6 && net::contains(*node.block6, address)))
        return;
      all.push_back({net::host_prefix(address), who});
    };
    add(node.identity);
    if (node.identity6) add(*node.identity6);
    for (const Interface& interface : node.interfaces) {
      add(interface.address);
      if (interface.address6) add(*interface.address6);
    }
  }
  return all;
}

bool is_hand_set(const graph::Internet& internet, const net::IpAddress& address) {
  const auto within = [&](const auto& addresses) {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
  };
  return std::any_of(internet.nodes.begin(), internet.nodes.end(),
                     [&](const auto& n) { return within(n.addresses); }) ||
         std::any_of(internet.links.begin(), internet.links.end(),
                     [&](const auto& l) { return within(l.a.addresses) || within(l.b.addresses); });
}

void check_addresses(const graph::Internet& internet, const InternetPlan& plan) {
  const auto all = owned(plan);
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      ASSERT_FALSE(net::overlaps(all[i].prefix, all[k].prefix)) << all[i].who << " " << all[k].who;
    }
  }
  std::set<net::IpAddress> seen;
  std::set<net::Mac> macs;
  for (const NodePlan& node : plan.nodes) {
    std::vector<net::IpAddress> addresses{node.identity};
    if (node.identity6) addresses.emplace_back(*node.identity6);
    std::set<std::string> devices;
    for (const Interface& interface : node.interfaces) {
      addresses.emplace_back(interface.address);
      if (interface.address6) addresses.emplace_back(*interface.address6);
      EXPECT_TRUE(devices.insert(interface.device).second);
      EXPECT_TRUE(macs.insert(interface.mac).second);
      EXPECT_EQ(interface.address6.has_value(), plan.links[interface.link.index].ipv6);
    }
    for (const net::IpAddress& address : addresses) {
      EXPECT_TRUE(seen.insert(address).second) << net::to_string(address);
      const bool in_block = net::contains(node.block, address) ||
                            (node.block6 && net::contains(*node.block6, address));
      EXPECT_NE(in_block, is_hand_set(internet, address)) << net::to_string(address);
    }
  }
}

void check_apart(const Plan& plan, const std::vector<graph::Internet>& internets,
                 const std::vector<net::IpPrefix>& own) {
  std::set<net::Ipv4> link_addresses;
  std::vector<Owned> automatic;
  for (const InternetPlan& internet : plan.internets) {
    for (const LinkPlan& link : internet.links) {
      EXPECT_TRUE(link_addresses.insert(link.a.link_address).second);
      EXPECT_TRUE(link_addresses.insert(link.b.link_address).second);
    }
    const auto described = std::find_if(internets.begin(), internets.end(),
                                        [&](const auto& i) { return i.name == internet.name; });
    for (const Owned& one : owned(internet)) {
      if (is_hand_set(*described, one.prefix.network)) continue;
      for (const Owned& other : automatic) {
        ASSERT_FALSE(net::overlaps(one.prefix, other.prefix)) << one.who << " " << other.who;
      }
      for (const net::IpPrefix& prefix : own) EXPECT_FALSE(net::overlaps(one.prefix, prefix));
    }
    const auto mine = owned(internet);
    automatic.insert(automatic.end(), mine.begin(), mine.end());
  }
}

TEST(PlanAddresses, AreUniqueAndApart) {
  for (uint64_t round = 0; round < 200; ++round) {
    SCOPED_TRACE(trace(round));
    Random random(5, round);
    Inventory inventory;
    for (int i = 0; i < 4; ++i) {
      inventory.own_prefixes.push_back(
          net::prefix_of(net::Ipv4{0x0a000000 + random.below(1U << 14)},
                         static_cast<uint8_t>(20 + random.below(13))));
    }
    graph::Graph graph;
    graph.bases.push_back(random_lab(random, 5));
    // Only one has hand-set addresses: written ones of several internets may repeat.
    for (const char* name : {"one", "two", "three"}) {
      graph.internets.push_back(random_internet(random, name, 20));
      if (name[0] == 'o') continue;
      for (auto& node : graph.internets.back().nodes) node.addresses.clear();
      for (auto& link : graph.internets.back().links) link.a.addresses.clear();
    }
    const Plan plan = planned(graph, inventory);
    ASSERT_EQ(plan.internets.size(), 3U);
    for (size_t i = 0; i < 3; ++i) check_addresses(graph.internets[i], plan.internets[i]);
    check_apart(plan, graph.internets, inventory.own_prefixes);
    EXPECT_FALSE(check_sitn(plan, {}));
    const auto back = from_json(to_json(plan));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, plan);
    EXPECT_EQ(planned(graph, inventory), plan);
    if (::testing::Test::HasFailure()) return;
  }
}

/// One random change of a description. Names of nodes and links are never used again.
void edit(Random& random, graph::Internet& internet, uint32_t number) {
  switch (random.below(5)) {
    case 0:
      add_random_node(random, internet, number);
      internet.nodes.back().addresses.clear();
      break;
    case 1:
      add_random_link(random, internet, number);
      if (!internet.links.empty())
        std::swap(internet.links.back(), internet.links[random.below(internet.links.size())]);
      break;
    case 2:
      if (!internet.links.empty()) {
        internet.links.erase(internet.links.begin() + random.below(internet.links.size()));
      }
      break;
    case 3: {  // a node and its links
      if (internet.nodes.size() < 2) break;
      const uint32_t gone = random.below(internet.nodes.size());
      std::erase_if(internet.links, [&](const auto& l) {
        return l.a.node.index == gone || l.b.node.index == gone;
      });
      internet.nodes.erase(internet.nodes.begin() + gone);
      for (auto& link : internet.links) {
        for (auto* end : {&link.a, &link.b}) end->node.index -= end->node.index > gone ? 1 : 0;
      }
      break;
    }
    default: {  // the order
      const auto last = static_cast<uint32_t>(internet.nodes.size() - 1);
      std::reverse(internet.nodes.begin(), internet.nodes.end());
      for (auto& link : internet.links) {
        for (auto* end : {&link.a, &link.b}) end->node.index = last - end->node.index;
      }
      std::reverse(internet.links.begin(), internet.links.end());
    }
  }
  if (!internet.ipv6) {
    for (auto& node : internet.nodes) std::erase_if(node.addresses, net::is_ipv6);
  }
}

void check_kept(const InternetPlan& before, const InternetPlan& after) {
  std::map<std::string, const NodePlan*> nodes;
  std::map<std::string, const LinkPlan*> links;
  for (const NodePlan& node : before.nodes) nodes[node.name] = &node;
  for (const LinkPlan& link : before.links) links[link.name] = &link;
  EXPECT_EQ(before.pool6, after.pool6);
  for (const LinkPlan& link : after.links) {
    if (!links.contains(link.name)) continue;
    EXPECT_EQ(links[link.name]->a.link_address, link.a.link_address);
    EXPECT_EQ(links[link.name]->b.link_address, link.b.link_address);
  }
  for (const NodePlan& node : after.nodes) {
    if (!nodes.contains(node.name)) continue;
    const NodePlan& old = *nodes[node.name];
    EXPECT_EQ(old.machine, node.machine) << node.name;
    if (uint64_t{1} << (32 - old.block.length) < 1 + node.interfaces.size()) continue;  // outgrown
    EXPECT_EQ(old.block, node.block) << node.name;
    EXPECT_EQ(old.identity, node.identity) << node.name;
    for (const Interface& interface : node.interfaces) {
      for (const Interface& was : old.interfaces) {
        if (before.links[was.link.index].name != after.links[interface.link.index].name) continue;
        EXPECT_EQ(was.address, interface.address);
        EXPECT_EQ(was.address6, interface.address6);
        EXPECT_EQ(was.device, interface.device);
        EXPECT_EQ(was.mac, interface.mac);
      }
    }
  }
}

TEST(PlanAddresses, StayThroughEdits) {
  for (uint64_t round = 0; round < 60; ++round) {
    SCOPED_TRACE(trace(round));
    Random random(6, round);
    graph::Graph graph;
    graph.bases.push_back(random_lab(random, 5));
    graph.internets.push_back(random_internet(random, "one", 12));
    graph.internets.push_back(random_internet(random, "two", 12));
    Inventory inventory;
    inventory.running = planned(graph);
    for (uint32_t step = 0; step < 25; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      graph::Graph file = graph;
      edit(random, file.internets[0], 100 + step);
      graph = file;
      file.internets.resize(1 + random.below(2));  // with or without the other one in the file
      const Plan plan = planned(file, inventory);
      ASSERT_FALSE(plan.internets.empty());
      check_kept(inventory.running.internets[0], plan.internets[0]);
      check_addresses(file.internets[0], plan.internets[0]);
      if (plan.internets.size() == 2) {
        EXPECT_EQ(plan.internets[1], inventory.running.internets[1]);
      }
      EXPECT_FALSE(check_sitn(plan, inventory.running));
      inventory.running.internets[0] = plan.internets[0];
      EXPECT_EQ(planned(file, inventory), plan);  // again: nothing changes
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace vinet::plan::testing
