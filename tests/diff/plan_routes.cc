// Static routes against Floyd-Warshall and a hop-by-hop simulation of what the kernels do with the
// routes, over every next hop of equal cost.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "diff/plan_random.h"
#include "plan/pool.h"
#include "plan/query.h"

namespace vinet::plan::testing {
namespace {

constexpr uint64_t kNoPath = uint64_t{1} << 40;
using Matrix = std::vector<std::vector<uint64_t>>;

/// Least costs of paths with only transit nodes inside, of one family.
Matrix floyd_warshall(const InternetPlan& plan, bool ipv6) {
  const size_t count = plan.nodes.size();
  Matrix cost(count, std::vector<uint64_t>(count, kNoPath));
  for (size_t i = 0; i < count; ++i) cost[i][i] = 0;
  for (const LinkPlan& link : plan.links) {
    if (ipv6 && !link.ipv6) continue;
    const uint32_t a = link.a.node.index, b = link.b.node.index;
    cost[a][b] = cost[b][a] = std::min<uint64_t>(cost[a][b], link.cost);
  }
  for (size_t k = 0; k < count; ++k) {
    if (!plan.nodes[k].transit) continue;
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = 0; j < count; ++j) cost[i][j] = std::min(cost[i][j], cost[i][k] + cost[k][j]);
    }
  }
  return cost;
}

/// What a packet may meet, whichever of equal next hops is taken.
struct Outcome {
  bool delivered = false, dropped = false, looped = false, bad_hop = false, through_host = false;
  std::set<uint64_t> costs;  // of the links it crossed, where delivered
  std::set<uint32_t> ends;   // where it was delivered or dropped
};

bool has(const NodePlan& node, const net::IpAddress& address) {
  const auto is = [&](const auto& own) { return net::IpAddress(own) == address; };
  if (is(node.identity) || (node.identity6 && is(*node.identity6))) return true;
  return std::any_of(
      node.interfaces.begin(), node.interfaces.end(), [&](const Interface& interface) {
        return is(interface.address) || (interface.address6 && is(*interface.address6));
      });
}

/// What the kernels know, laid ready: the far ends of each node's links.
struct World {
  /// `down`: a link of which one end was set down; `down_at`: at this node.
  explicit World(const InternetPlan& internet, const LinkPlan* down_link = nullptr,
                 uint32_t down_at = 0)
      : plan(internet), down(down_link), neighbours(internet.nodes.size()) {
    for (const LinkPlan& link : plan.links) {
      for (const auto& [near, far] : {std::pair(link.a, link.b), std::pair(link.b, link.a)}) {
        if (&link == down && near.node.index == down_at) continue;
        const Interface& own = plan.nodes[near.node.index].interfaces[near.interface];
        const Interface& there = plan.nodes[far.node.index].interfaces[far.interface];
        auto& known = neighbours[near.node.index];
        known[there.address] = {own.device, &link};
        if (there.address6) known[*there.address6] = {own.device, &link};
      }
    }
  }

  /// The links over which a node sends to an address, by longest prefix and lowest metric. The
  /// kernel's own routes to the far ends of the links come first, as they are /32 or /128 of metric
  /// 0. A next hop that is not the far end of its device is a null.
  std::vector<const LinkPlan*> next_links(uint32_t at, const net::IpAddress& to) const {
    const auto& known = neighbours[at];
    if (const auto it = known.find(to); it != known.end()) return {it->second.second};
    const net::Route* best = nullptr;
    for (const net::Route& route : plan.nodes[at].routes) {
      if (best != nullptr && route.destination.length < best->destination.length) continue;
      if (!net::contains(route.destination, to)) continue;
      const bool better = best == nullptr || route.destination.length > best->destination.length ||
                          route.metric < best->metric;
      if (better) best = &route;
    }
    if (best == nullptr || best->type == net::RouteType::kUnreachable) return {};
    std::vector<const LinkPlan*> links;
    const auto add = [&](const net::IpAddress& via, const std::string& device) {
      const auto it = known.find(via);
      const bool fits = it != known.end() && it->second.first == device;
      links.push_back(fits ? it->second.second : nullptr);
    };
    add(best->via.value_or(net::Ipv4{}), best->device);
    for (const net::NextHop& hop : best->others) add(hop.via, hop.device);
    return links;
  }

  const InternetPlan& plan;
  const LinkPlan* const down;
  std::vector<std::map<net::IpAddress, std::pair<std::string, const LinkPlan*>>> neighbours;
};

/// One address, to which all nodes send: what happens from where.
class Forwarding {
 public:
  Forwarding(const World& world, const net::IpAddress& to)
      : plan_(world.plan),
        down_(world.down),
        known_(plan_.nodes.size()),
        open_(plan_.nodes.size(), false) {
    for (uint32_t node = 0; node < plan_.nodes.size(); ++node) {
      has_.push_back(has(plan_.nodes[node], to));
      links_.push_back(world.next_links(node, to));
    }
  }

  const Outcome& from(uint32_t node) {
    if (known_[node]) return *known_[node];
    Outcome outcome;
    if (has_[node]) {
      outcome.delivered = true;
      outcome.costs = {0};
      outcome.ends = {node};
    } else if (links_[node].empty()) {
      outcome.dropped = true;
      outcome.ends = {node};
    } else if (open_[node]) {
      outcome.looped = true;
    } else {
      open_[node] = true;
      for (const LinkPlan* link : links_[node]) add(node, link, outcome);
    }
    known_[node] = outcome;
    return *known_[node];
  }

 private:
  void add(uint32_t node, const LinkPlan* link, Outcome& outcome) {
    if (link == nullptr) {
      outcome.bad_hop = true;
      return;
    }
    if (link == down_) {
      outcome.dropped = true;
      outcome.ends.insert(node);
      return;
    }
    const uint32_t next = link->a.node.index == node ? link->b.node.index : link->a.node.index;
    const Outcome& rest = from(next);
    outcome.delivered |= rest.delivered;
    outcome.dropped |= rest.dropped;
    outcome.looped |= rest.looped;
    outcome.bad_hop |= rest.bad_hop;
    outcome.through_host |=
        rest.through_host || (!has_[next] && !links_[next].empty() && !plan_.nodes[next].transit);
    for (const uint64_t cost : rest.costs) outcome.costs.insert(cost + link->cost);
    outcome.ends.insert(rest.ends.begin(), rest.ends.end());
  }

  const InternetPlan& plan_;
  const LinkPlan* const down_;
  std::vector<bool> has_;
  std::vector<std::vector<const LinkPlan*>> links_;
  std::vector<std::optional<Outcome>> known_;
  std::vector<bool> open_;
};

/// Every node reaches an address of `to` where there is a path. `exact`: over shortest paths only;
/// an interface's address is also reached over its own link, whatever that costs.
void check_reached(const World& world, const Matrix& cost, uint32_t to,
                   const net::IpAddress& address, bool exact) {
  const InternetPlan& plan = world.plan;
  Forwarding forwarding(world, address);
  for (uint32_t from = 0; from < plan.nodes.size(); ++from) {
    if (from == to) continue;
    SCOPED_TRACE(plan.nodes[from].name + " to " + net::to_string(address) + " of " +
                 plan.nodes[to].name);
    const Outcome& outcome = forwarding.from(from);
    ASSERT_FALSE(outcome.looped);
    ASSERT_FALSE(outcome.bad_hop);
    ASSERT_FALSE(outcome.through_host);
    const bool path = cost[from][to] < kNoPath;
    ASSERT_EQ(outcome.delivered, path);
    ASSERT_EQ(outcome.dropped, !path);
    if (!path) continue;
    ASSERT_EQ(outcome.ends, std::set<uint32_t>{to});
    if (exact) {
      ASSERT_EQ(outcome.costs, std::set<uint64_t>{cost[from][to]});
    }
  }
}

/// An address that nobody has is dropped, wherever it is sent from; if a node's block holds it,
/// there, where a path leads there.
void check_lost(const World& world, const Matrix& cost, const net::IpAddress& address,
                std::optional<uint32_t> owner) {
  const InternetPlan& plan = world.plan;
  for (const NodePlan& node : plan.nodes) {
    if (has(node, address)) return;
  }
  Forwarding forwarding(world, address);
  for (uint32_t from = 0; from < plan.nodes.size(); ++from) {
    SCOPED_TRACE(plan.nodes[from].name + " to " + net::to_string(address));
    const Outcome& outcome = forwarding.from(from);
    ASSERT_FALSE(outcome.looped);
    ASSERT_FALSE(outcome.bad_hop);
    ASSERT_FALSE(outcome.through_host);
    ASSERT_FALSE(outcome.delivered);
    ASSERT_TRUE(outcome.dropped);
    if (owner && cost[from][*owner] < kNoPath) {
      ASSERT_EQ(outcome.ends, std::set<uint32_t>{*owner});
    }
  }
}

/// Each node sends over every link that begins a shortest path, and no other.
void check_equal_paths(const World& world, const Matrix& cost, bool ipv6) {
  const InternetPlan& plan = world.plan;
  for (uint32_t from = 0; from < plan.nodes.size(); ++from) {
    for (uint32_t to = 0; to < plan.nodes.size(); ++to) {
      if (from == to || cost[from][to] >= kNoPath) continue;
      const NodePlan& there = plan.nodes[to];
      const net::IpAddress address =
          ipv6 ? net::IpAddress(*there.identity6) : net::IpAddress(there.identity);
      std::set<uint32_t> expected, actual;
      for (uint32_t i = 0; i < plan.links.size(); ++i) {
        const LinkPlan& link = plan.links[i];
        if (ipv6 && !link.ipv6) continue;
        for (const auto& [near, far] : {std::pair(link.a, link.b), std::pair(link.b, link.a)}) {
          const uint32_t next = far.node.index;
          if (near.node.index != from || (next != to && !plan.nodes[next].transit)) continue;
          if (link.cost + cost[next][to] == cost[from][to]) expected.insert(i);
        }
      }
      for (const LinkPlan* link : world.next_links(from, address)) {
        actual.insert(static_cast<uint32_t>(link - plan.links.data()));
      }
      ASSERT_EQ(actual, expected) << plan.nodes[from].name << " to " << there.name;
    }
  }
}

/// Linux deletes the routes over a device that is set down; those with further next hops go on with
/// these.
void lose_device(NodePlan& node, const std::string& device) {
  std::vector<net::Route> left;
  for (net::Route& route : node.routes) {
    std::erase_if(route.others, [&](const net::NextHop& hop) { return hop.device == device; });
    if (route.device == device && !route.others.empty()) {
      route.via = route.others.front().via;
      route.device = route.others.front().device;
      route.others.erase(route.others.begin());
    }
    if (route.type == net::RouteType::kUnreachable || route.device != device) {
      left.push_back(std::move(route));
    }
  }
  node.routes = std::move(left);
}

/// With one end of a link set down, packets arrive where they should or are dropped: none is sent
/// back to where it came from.
void check_without_a_device(const InternetPlan& before, Random& random) {
  if (before.links.empty()) return;
  InternetPlan plan = before;
  const LinkPlan& link = plan.links[random.below(plan.links.size())];
  const LinkEndPlan& end = random.one_in(2) ? link.a : link.b;
  NodePlan& node = plan.nodes[end.node.index];
  const std::string device = node.interfaces[end.interface].device;
  SCOPED_TRACE("without " + device + " of " + node.name);
  lose_device(node, device);
  const World world(plan, &link, end.node.index);
  for (uint32_t to = 0; to < plan.nodes.size(); ++to) {
    std::vector<net::IpAddress> addresses{plan.nodes[to].identity};
    if (plan.nodes[to].identity6) addresses.emplace_back(*plan.nodes[to].identity6);
    for (const net::IpAddress& address : addresses) {
      Forwarding forwarding(world, address);
      for (uint32_t from = 0; from < plan.nodes.size(); ++from) {
        SCOPED_TRACE(plan.nodes[from].name + " to " + net::to_string(address) + " of " +
                     plan.nodes[to].name);
        const Outcome& outcome = forwarding.from(from);
        ASSERT_FALSE(outcome.looped);
        ASSERT_FALSE(outcome.bad_hop);
        ASSERT_FALSE(outcome.through_host);
        ASSERT_TRUE(!outcome.delivered || outcome.ends.contains(to));
      }
    }
  }
}

void check_family(const InternetPlan& plan, bool ipv6, Random& random) {
  SCOPED_TRACE(ipv6 ? "IPv6" : "IPv4");
  const World world(plan);
  const Matrix cost = floyd_warshall(plan, ipv6);
  std::set<std::pair<uint32_t, uint32_t>> connected;
  for (const auto& [a, b] : connected_pairs(plan, ipv6 ? Family::kIpv6 : Family::kIpv4)) {
    connected.emplace(a.index, b.index);
  }
  for (uint32_t to = 0; to < plan.nodes.size(); ++to) {
    const NodePlan& there = plan.nodes[to];
    for (uint32_t from = 0; from < plan.nodes.size(); ++from) {
      EXPECT_EQ(from != to && cost[from][to] < kNoPath, connected.contains({from, to}));
    }
    check_reached(world, cost, to,
                  ipv6 ? net::IpAddress(*there.identity6) : net::IpAddress(there.identity), true);
    for (const Interface& interface : there.interfaces) {
      if (ipv6 && !interface.address6) continue;
      check_reached(world, cost, to,
                    ipv6 ? net::IpAddress(*interface.address6) : net::IpAddress(interface.address),
                    false);
    }
    const uint32_t offset = random.below(uint64_t{1} << (32 - there.block.length));
    check_lost(world, cost,
               ipv6 ? net::IpAddress(std::get<net::Ipv6>(there.block6->network) + offset)
                    : net::IpAddress(std::get<net::Ipv4>(there.block.network) + offset),
               to);
    if (::testing::Test::HasFatalFailure()) return;
  }
  check_equal_paths(world, cost, ipv6);
  for (int tries = 0; tries < 20; ++tries) {
    const net::Ipv4 stray = std::get<net::Ipv4>(plan.pool.network) +
                            random.below(uint64_t{1} << (32 - plan.pool.length));
    check_lost(world, cost, ipv6 ? net::IpAddress(mirror(*plan.pool6, stray)) : stray,
               std::nullopt);
  }
}

void check(const Plan& plan, Random& random) {
  ASSERT_EQ(plan.internets.size(), 1U);
  check_family(plan.internets[0], false, random);
  if (plan.internets[0].pool6) check_family(plan.internets[0], true, random);
  check_without_a_device(plan.internets[0], random);
}

std::string round_of(uint64_t round) {
  return "round " + std::to_string(round) + " of VINET_SEED=" + std::to_string(seed());
}

TEST(PlanRoutes, AreShortestLoopFreeAndComplete) {
  for (uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE(round_of(round));
    Random random(1, round);
    graph::Graph graph;
    graph.bases.push_back(random_lab(random, 5));
    graph.internets.push_back(random_internet(random, "net", round % 20 == 0 ? 60 : 14));
    check(planned(graph), random);
    if (::testing::Test::HasFailure()) return;
  }
}

/// Rings, cliques, trees, lone nodes and parallel links, joined at cut vertices.
void add_component(Random& random, graph::Internet& internet) {
  const auto first = static_cast<uint32_t>(internet.nodes.size());
  const uint32_t count = 1 + random.below(6);
  std::vector<uint32_t> all;
  if (first > 0 && !random.one_in(12)) all.push_back(random.below(first));  // the cut vertex
  for (uint32_t i = 0; i < count; ++i) {
    add_random_node(random, internet, first + i);
    all.push_back(first + i);
  }
  const auto join = [&](uint32_t a, uint32_t b) {
    graph::Link link;
    // Links may have been taken away: the last one has the largest number.
    const uint32_t number =
        internet.links.empty()
            ? 0
            : static_cast<uint32_t>(std::stoul(internet.links.back().name.substr(1))) + 1;
    link.name = "l" + std::to_string(number);
    link.a.node.index = a;
    link.b.node.index = b;
    link.cost = random.one_in(3) ? 1 + random.below(3) : 1;
    if (random.one_in(12)) link.ipv6 = false;
    if (random.one_in(12)) {
      link.a.addresses.push_back(net::Ipv4{0x0afe0000 + number});
    }
    internet.links.push_back(link);
  };
  const uint32_t shape = random.below(4);
  for (uint32_t i = 1; i < all.size(); ++i) {
    for (uint32_t k = 0; k < i; ++k) {
      const bool clique = shape == 0,
                 ring = shape == 1 && (k + 1 == i || (k == 0 && i + 1 == all.size()));
      const bool tree = shape == 2 && k == i / 2;
      const bool row = shape == 3 && k + 1 == i;
      if (clique || ring || tree || row) join(all[i], all[k]);
      if (row && random.one_in(3)) join(all[k], all[i]);
    }
  }
}

graph::Internet random_components(Random& random) {
  graph::Internet internet;
  internet.name = "net";
  internet.on = "lab";
  internet.reserve = random.below(14);
  for (uint32_t parts = 1 + random.below(8); parts > 0; --parts) add_component(random, internet);
  return internet;
}

TEST(PlanRoutes, CrossCutVertices) {
  for (uint64_t round = 0; round < 400; ++round) {
    SCOPED_TRACE(round_of(round));
    Random random(2, round);
    graph::Graph graph;
    graph.bases.push_back(random_lab(random, 3));
    graph.internets.push_back(random_components(random));
    check(planned(graph), random);
    if (::testing::Test::HasFailure()) return;
  }
}

/// Blocks keep their places while nodes come and go, so that they lie along the topology no more.
TEST(PlanRoutes, StayRightAfterEdits) {
  for (uint64_t round = 0; round < 60; ++round) {
    SCOPED_TRACE(round_of(round));
    Random random(3, round);
    graph::Graph graph;
    graph.bases.push_back(random_lab(random, 3));
    graph.internets.push_back(random_components(random));
    Plan plan = planned(graph);
    for (int edit = 0; edit < 3; ++edit) {
      graph::Internet& internet = graph.internets[0];
      add_component(random, internet);
      for (uint32_t i = 0; i < internet.links.size();) {
        if (!random.one_in(10)) {
          ++i;
          continue;
        }
        internet.links.erase(internet.links.begin() + i);
      }
      PlanOptions options;
      options.previous = plan;
      Diagnostics diagnostics;
      auto next = make_plan(graph, {}, options, diagnostics);
      ASSERT_TRUE(next) << all_text(diagnostics);
      plan = *std::move(next);
      check(plan, random);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace vinet::plan::testing
