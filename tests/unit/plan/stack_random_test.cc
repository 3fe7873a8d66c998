// Random stacks: whatever stands on whatever, a plan holds what it promises, and an edit moves
// nothing that it does not touch.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "plan/model_check.h"
#include "plan/plan_json.h"
#include "plan/sitn.h"
#include "plan/stack.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

constexpr uint32_t kSeeds = 150;
constexpr uint32_t kMostDepth = 8;

class RandomStack {
 public:
  explicit RandomStack(uint32_t seed) : random_(seed) {
    Lab lab("lab");
    const uint32_t machines = 1 + below(4);
    for (uint32_t i = 0; i < machines; ++i) lab.machines({"m" + std::to_string(i)});
    for (uint32_t i = 1; i < machines; ++i) {
      lab.link("m" + std::to_string(i), "m" + std::to_string(below(i)));
    }
    graph.bases.push_back(lab.base);
    depth_["lab"] = 0;
    const uint32_t internets = 1 + below(10);
    for (uint32_t i = 0; i < internets; ++i) add_internet("n" + std::to_string(i));
    // The order of the file is no order of layers.
    std::shuffle(graph.internets.begin(), graph.internets.end(), random_);
  }

  /// A host more, in an internet chosen at random; returns the internet's number.
  uint32_t add_host() {
    const uint32_t at = below(static_cast<uint32_t>(graph.internets.size()));
    Net net("");
    net.internet = graph.internets[at];
    const std::string name = "new" + std::to_string(net.internet.nodes.size());
    net.host(name, any_machine(net.internet.on));
    net.link(any_router(net.internet), name);
    graph.internets[at] = net.internet;
    return at;
  }

  /// A host less, on which nothing stands; false if there is none.
  bool remove_host() {
    std::set<std::pair<std::string, std::string>> stood_on;
    for (const graph::Internet& internet : graph.internets) {
      for (const graph::Node& node : internet.nodes) stood_on.emplace(internet.on, node.machine);
      const bool chosen_by_planner =
          std::any_of(internet.nodes.begin(), internet.nodes.end(),
                      [](const graph::Node& node) { return node.machine.empty(); });
      if (chosen_by_planner) stood_on.emplace(internet.on, "*");
    }
    for (graph::Internet& internet : graph.internets) {
      graph::Node& last = internet.nodes.back();
      if (last.kind == graph::NodeKind::kRouter || stood_on.contains({internet.name, "*"}) ||
          stood_on.contains({internet.name, last.name})) {
        continue;
      }
      const auto gone = static_cast<uint32_t>(internet.nodes.size() - 1);
      std::erase_if(internet.links, [&](const graph::Link& link) {
        return link.a.node.index == gone || link.b.node.index == gone;
      });
      internet.nodes.pop_back();
      return true;
    }
    return false;
  }

  graph::Graph graph;

 private:
  uint32_t below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }

  std::string any_machine(const std::string& on) {
    if (below(8) == 0) return "";
    for (const graph::Internet& lower : graph.internets) {
      if (lower.name == on)
        return lower.nodes[below(static_cast<uint32_t>(lower.nodes.size()))].name;
    }
    const auto& machines = graph.bases[0].machines;
    return machines[below(static_cast<uint32_t>(machines.size()))].name;
  }

  std::string any_router(const graph::Internet& internet) {
    for (;;) {
      const graph::Node& node = internet.nodes[below(static_cast<uint32_t>(internet.nodes.size()))];
      if (node.kind == graph::NodeKind::kRouter) return node.name;
    }
  }

  /// Routers in a tree, hosts at routers, and some links more: on every layer there is a way from
  /// each node to each.
  void add_internet(const std::string& name) {
    std::vector<std::string> grounds;
    for (const auto& [ground, depth] : depth_) {
      if (depth < kMostDepth) grounds.push_back(ground);
    }
    // The last one made is taken more often than others, so that stacks grow.
    const std::string on = last_.empty() || depth_[last_] == kMostDepth || below(3) == 0
                               ? grounds[below(static_cast<uint32_t>(grounds.size()))]
                               : last_;
    Net net(name, on);
    const uint32_t nodes = 1 + below(6);
    for (uint32_t i = 0; i < nodes; ++i) {
      const std::string node = "x" + std::to_string(i);
      const bool router = i == 0 || below(2) == 0;
      const std::string at = any_machine(on);
      const std::string to = i == 0 ? "" : any_router(net.internet);
      router ? net.router(node, at) : net.host(node, at);
      if (i > 0) net.link(to, node);
    }
    for (uint32_t i = 0; i < below(3) && nodes > 1; ++i) {
      const uint32_t a = below(nodes), b = below(nodes);
      if (a != b) net.link("x" + std::to_string(a), "x" + std::to_string(b));
    }
    net.internet.reserve = 60;
    net.internet.ipv6 = below(2) == 0;
    net.internet.flatten = below(5) != 0;
    if (below(6) == 0 && !net.internet.links.empty()) net.last().rate_bps = 1'000'000;
    // Layers may use the same addresses: namespaces keep them apart.
    if (below(5) == 0) net.internet.pool = net::parse_prefix("10.9.0.0/16");
    if (below(4) == 0) {
      net.internet.nodes[0].addresses = {*net::parse_address("10.200.0.1")};
    }
    if (below(4) == 0 && !net.internet.links.empty()) {
      net.internet.links[0].b.addresses = {*net::parse_address("10.200.0.2")};
    }
    depth_[name] = depth_[on] + 1;
    last_ = name;
    graph.internets.push_back(net.internet);
  }

  std::mt19937 random_;
  std::map<std::string, uint32_t> depth_;
  std::string last_;
};

/// All that runs when a plan has been realised.
Plan realised(const Plan& plan, const Plan& running) {
  Plan all = plan;
  for (const BasePlan& base : running.bases) {
    if (all.find_base(base.name) == nullptr) all.bases.push_back(base);
  }
  for (const InternetPlan& internet : running.internets) {
    if (all.find_internet(internet.name) == nullptr) all.internets.push_back(internet);
  }
  return all;
}

void expect_right(const Plan& plan) {
  std::set<std::tuple<std::string, uint32_t, uint32_t, uint32_t>>
      keys;  // lower node, both addresses
  for (const InternetPlan& internet : plan.internets) {
    for (const ModelFault& fault : check_model(internet, plan).faults) {
      ADD_FAILURE() << fault.where << ": " << fault.what;
    }
    for (const LinkPlan& link : internet.links) {
      for (const auto& [at, far] : {std::pair(&link.a, &link.b), std::pair(&link.b, &link.a)}) {
        const uint32_t machine = internet.nodes[at->node.index].machine.index;
        EXPECT_TRUE(
            keys.emplace(internet.base, machine, far->link_address.bits, at->link_address.bits)
                .second)
            << internet.name << "." << link.name;
      }
    }
    EXPECT_LE(headers_at_anchor(plan, internet), kMostHeaders);
  }
  const auto clash = check_sitn(plan, {});
  EXPECT_FALSE(clash) << clash->what;
  const auto read = from_json(to_json(plan));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, plan);
}

/// What both plans have, by name, has the same place and addresses.
void expect_nothing_moved(const Plan& before, const Plan& after) {
  for (const InternetPlan& was : before.internets) {
    const InternetPlan* is = after.find_internet(was.name);
    if (is == nullptr) continue;
    EXPECT_EQ(is->pool, was.pool) << was.name;
    for (const NodePlan& node : was.nodes) {
      for (const NodePlan& now : is->nodes) {
        if (now.name != node.name) continue;
        EXPECT_EQ(now.block, node.block) << was.name << "." << node.name;
        EXPECT_EQ(now.identity, node.identity) << was.name << "." << node.name;
        EXPECT_EQ(machine_names(after, is->base)[now.machine.index],
                  machine_names(before, was.base)[node.machine.index]);
      }
    }
    for (const LinkPlan& link : was.links) {
      for (const LinkPlan& now : is->links) {
        if (now.name != link.name) continue;
        EXPECT_EQ(now.a.link_address, link.a.link_address) << was.name << "." << link.name;
        EXPECT_EQ(now.b.link_address, link.b.link_address) << was.name << "." << link.name;
      }
    }
  }
}

TEST(RandomStacks, HoldWhatPlansPromise) {
  std::map<uint32_t, uint32_t> depths;
  uint32_t carried = 0, refused = 0;
  for (uint32_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomStack stack(seed);
    Inventory inventory;
    const Plan first = planned(stack.graph);
    expect_right(first);
    for (const InternetPlan& internet : first.internets) ++depths[depth(first, internet)];
    inventory.running = first;
    EXPECT_EQ(planned(stack.graph, inventory), first) << "planned anew, it is the same";

    const uint32_t changed = stack.add_host();
    const Plan second = planned(stack.graph, inventory);
    expect_right(second);
    expect_nothing_moved(first, second);

    // The same change from a file that has that internet only.
    graph::Graph alone;
    alone.internets.push_back(stack.graph.internets[changed]);
    Diagnostics diagnostics;
    if (const auto third = make_plan(alone, inventory, {}, diagnostics)) {
      const Plan all = realised(*third, first);
      expect_right(all);
      expect_nothing_moved(first, all);
      carried += third->internets.size() > 1 ? 1 : 0;
    } else {
      ++refused;
      EXPECT_NE(all_text(diagnostics).find("stand on it would not fit"), std::string::npos)
          << all_text(diagnostics);
    }

    inventory.running = second;
    if (!stack.remove_host()) continue;
    const Plan fourth = planned(stack.graph, inventory);
    expect_right(fourth);
    expect_nothing_moved(second, fourth);
  }
  EXPECT_GE(depths[5] + depths[6] + depths[7] + depths[8], 20U);
  EXPECT_GE(carried, 20U);
  EXPECT_LE(refused, kSeeds / 10) << "a host more seldom leaves no room";
}

}  // namespace
}  // namespace vinet::plan::testing
