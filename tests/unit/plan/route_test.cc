// Static routes.
#include "plan/route.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "plan/query.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

net::IpAddress ip(const char* text) {
  return *net::parse_address(text);
}

InternetPlan plan_of(const Net& net) {
  return planned(graph_of({row()}, {net})).internets.at(0);
}

/// The best route to an address, or null: longest prefix, then lowest metric.
const net::Route* lookup(const NodePlan& node, const net::IpAddress& address) {
  const net::Route* best = nullptr;
  for (const net::Route& route : node.routes) {
    if (!net::contains(route.destination, address)) continue;
    if (best == nullptr || route.destination.length > best->destination.length ||
        (route.destination.length == best->destination.length && route.metric < best->metric)) {
      best = &route;
    }
  }
  return best;
}

/// The devices by which a node sends to another's identity: `B`, `B C`, or "-".
std::string way(const InternetPlan& plan, const std::string& from, const std::string& to,
                bool ipv6 = false) {
  const NodePlan& there = node_of(plan, to);
  const net::IpAddress address =
      ipv6 ? net::IpAddress(*there.identity6) : net::IpAddress(there.identity);
  const net::Route* route = lookup(node_of(plan, from), address);
  if (route == nullptr || route->type == net::RouteType::kUnreachable) return "-";
  std::string devices = route->device;
  for (const net::NextHop& hop : route->others) devices += " " + hop.device;
  return devices;
}

//     B
//    / \       A to D by B and C, unless one costs more
//   A   D
//    \ /
//     C
Net diamond() {
  return Net("n")
      .router("A")
      .router("B")
      .router("C")
      .router("D")
      .link("A", "B")
      .link("A", "C")
      .link("B", "D")
      .link("C", "D");
}

TEST(Routes, TiesShareTheTraffic) {
  const InternetPlan plan = plan_of(diamond());
  EXPECT_EQ(way(plan, "A", "D"), "B C");
  EXPECT_EQ(way(plan, "A", "D", true), "B C");
  EXPECT_EQ(way(plan, "A", "B"), "B");
}

TEST(Routes, ParallelLinksShareTheTraffic) {
  Net net = Net("n").router("A").router("B").router("C").chain({"A", "B", "C"});
  net.named("second", "A", "B").named("dear", "A", "B");
  net.last().cost = 2;
  EXPECT_EQ(way(plan_of(net), "A", "C"), "B second");
  EXPECT_EQ(way(plan_of(net), "C", "A"), "B");
}

//   A -- m0 .. m19 -- Z: more ways than one route takes
TEST(Routes, SixteenNextHopsAreEnough) {
  Net net = Net("n").router("A").router("Z");
  for (int i = 0; i < 20; ++i) {
    const std::string name = "m" + std::to_string(i);
    net.router(name).link("A", name).link(name, "Z");
  }
  const InternetPlan plan = plan_of(net);
  const net::Route* route = lookup(node_of(plan, "A"), node_of(plan, "Z").identity);
  ASSERT_NE(route, nullptr);
  EXPECT_EQ(route->others.size(), 15U);
  EXPECT_TRUE(std::is_sorted(route->others.begin(), route->others.end()));
}

TEST(Routes, FollowCost) {
  Net net = diamond();
  net.internet.links[2].cost = 2;
  EXPECT_EQ(way(plan_of(net), "A", "D"), "C");
  EXPECT_EQ(way(plan_of(net), "D", "A"), "C");
}

TEST(Routes, NeverLeadThroughAHost) {
  Net net = diamond();
  net.at("B").kind = graph::NodeKind::kHost;
  net.at("B").transit = false;
  EXPECT_EQ(way(plan_of(net), "A", "D"), "C");
  EXPECT_EQ(way(plan_of(net), "A", "B"), "B");
  net.at("B").transit = true;
  EXPECT_EQ(way(plan_of(net), "A", "D"), "B C");
}

TEST(Routes, NoneWhereThereIsNoPath) {
  Net net = Net("n").host("A").host("B").host("C").chain({"A", "B", "C"}).host("lone");
  const InternetPlan plan = plan_of(net);
  EXPECT_EQ(way(plan, "A", "C"), "-");
  EXPECT_EQ(way(plan, "A", "lone"), "-");
  EXPECT_EQ(connected_pairs(plan).size(), 4U);
}

TEST(Routes, Ipv6GoesRoundALinkWithoutIt) {
  Net net = diamond();
  net.internet.links[0].ipv6 = false;
  const InternetPlan plan = plan_of(net);
  EXPECT_EQ(way(plan, "A", "B"), "B");
  EXPECT_EQ(way(plan, "A", "B", true), "C");
  EXPECT_EQ(connected_pairs(plan, Family::kIpv6).size(), 12U);
}

TEST(Routes, Ipv6EndsWhereNoLinkCarriesIt) {
  Net net = Net("n").host("A").router("B").host("C").chain({"A", "B", "C"});
  net.last().ipv6 = false;
  const InternetPlan plan = plan_of(net);
  EXPECT_EQ(way(plan, "A", "C"), "B");
  EXPECT_EQ(way(plan, "A", "C", true), "B");  // by the aggregate, which ends there
  EXPECT_EQ(way(plan, "B", "C", true), "-");
  EXPECT_EQ(connected_pairs(plan, Family::kIpv6).size(), 2U);
  EXPECT_FALSE(node_of(plan, "C").interfaces[0].address6);
}

TEST(Routes, OwnBlockIsUnreachable) {
  const InternetPlan plan = plan_of(figure11());
  for (const NodePlan& node : plan.nodes) {
    const net::IpAddress last = std::get<net::Ipv4>(node.block.network) + 15;
    const net::IpAddress last6 = std::get<net::Ipv6>(node.block6->network) + 15;
    for (const net::IpAddress& address : {last, last6}) {
      const net::Route* route = lookup(node, address);
      ASSERT_NE(route, nullptr) << node.name;
      EXPECT_EQ(route->type, net::RouteType::kUnreachable) << node.name;
      EXPECT_EQ(route->metric, kUnreachableMetric);
      EXPECT_FALSE(route->via);
      EXPECT_EQ(route->device, "");
      EXPECT_LE(route->destination.length, net::is_ipv6(address) ? 124 : 28);
    }
  }
}

// What no node has ends at one node, which everyone's aggregate leads to.
TEST(Routes, TheRestOfThePoolEndsAtTheRoot) {
  const InternetPlan plan = plan_of(figure11());
  const net::IpAddress last =
      std::get<net::Ipv4>(plan.pool.network) + ((1U << (32 - plan.pool.length)) - 1);
  EXPECT_EQ(lookup(node_of(plan, "B"), last)->type, net::RouteType::kUnreachable);
  EXPECT_EQ(lookup(node_of(plan, "A"), last)->device, "B");
  EXPECT_EQ(lookup(node_of(plan, "F"), last)->device, "E");
  EXPECT_EQ(lookup(node_of(plan, "A"), last)->destination, plan.pool);
}

//   host h with two links, host i with one, router r: only h says which source
TEST(Routes, PreferredSourceIsTheIdentityOnHostsWithManyLinks) {
  const Net net = Net("n")
                      .host("h")
                      .host("i")
                      .router("r")
                      .router("s")
                      .link("h", "r")
                      .link("h", "s")
                      .link("r", "s")
                      .link("i", "r");
  const InternetPlan plan = plan_of(net);
  for (const NodePlan& node : plan.nodes) {
    for (const net::Route& route : node.routes) {
      if (route.type == net::RouteType::kUnreachable || node.name != "h") {
        EXPECT_FALSE(route.source) << node.name;
      } else {
        EXPECT_EQ(route.source, net::is_ipv6(route.destination.network)
                                    ? net::IpAddress(*node.identity6)
                                    : net::IpAddress(node.identity));
      }
    }
  }
}

TEST(Routes, LeadToHandSetAddresses) {
  Net net = figure11();
  net.at("F").addresses = {ip("10.99.0.1"), ip("fd99::1")};
  net.last().b.addresses = {ip("10.99.0.2")};
  const InternetPlan plan = plan_of(net);
  for (const char* address : {"10.99.0.1", "fd99::1", "10.99.0.2"}) {
    const net::Route* route = lookup(node_of(plan, "A"), ip(address));
    ASSERT_NE(route, nullptr) << address;
    EXPECT_EQ(route->destination, net::host_prefix(ip(address)));
    EXPECT_EQ(route->device, "B");
  }
  // E is at the other end of the link: the kernel's own route leads to 10.99.0.2, which is also its
  // next hop.
  EXPECT_EQ(lookup(node_of(plan, "E"), ip("10.99.0.2")), nullptr);
  EXPECT_EQ(lookup(node_of(plan, "E"), ip("10.99.0.1"))->via, ip("10.99.0.2"));
}

TEST(Routes, AreSortedAndIpv4First) {
  for (const NodePlan& node : plan_of(figure11()).nodes) {
    EXPECT_TRUE(std::is_sorted(node.routes.begin(), node.routes.end()));
  }
}

//   h -- r0 -- r1 -- ... -- r15: the host's sixteen routes have one next hop and merge into few
TEST(Routes, WithOneNextHopMerge) {
  Net net = Net("n").host("h");
  net.internet.ipv6 = false;
  for (int i = 0; i < 16; ++i) {
    const std::string name = "r" + std::to_string(i);
    net.router(name).link(i == 0 ? "h" : "r" + std::to_string(i - 1), name);
  }
  const InternetPlan plan = plan_of(net);
  EXPECT_EQ(node_of(plan, "h").routes.size(), 2U);  // the pool, and the own block
  for (const NodePlan& to : plan.nodes) {
    EXPECT_EQ(way(plan, "h", to.name), to.name == "h" ? "-" : "r0") << to.name;
  }
}

Net ring_of(uint32_t count) {
  Net net("n");
  for (uint32_t i = 0; i < count; ++i) {
    graph::Node node;
    node.name = "r" + std::to_string(i);
    node.kind = graph::NodeKind::kRouter;
    node.transit = true;
    net.internet.nodes.push_back(node);
    graph::Link link;
    link.name = "l" + std::to_string(i);
    link.a.node.index = i;
    link.b.node.index = (i + 1) % count;
    net.internet.links.push_back(link);
  }
  return net;
}

TEST(Routes, ARingOf1000NeedsFewRoutes) {
  const InternetPlan plan = plan_of(ring_of(1000));
  for (const NodePlan& node : plan.nodes) EXPECT_LE(node.routes.size(), 40U) << node.name;
  EXPECT_EQ(way(plan, "r0", "r499"), "r1");
  EXPECT_EQ(way(plan, "r0", "r500"), "r1 r999");
  EXPECT_EQ(way(plan, "r0", "r501"), "r999");
}

TEST(Routes, LargeComponentsAreRefused) {
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph_of({row()}, {ring_of(5001)}), {}, {}, diagnostics));
  EXPECT_NE(all_text(diagnostics).find("static routes for more than 5000 are not supported yet"),
            std::string::npos)
      << all_text(diagnostics);
}

// A tree has no larger component than a link, however many nodes it has.
TEST(Routes, ManySmallComponentsAreNot) {
  Net net = ring_of(6001);
  net.internet.links.clear();
  for (uint32_t i = 1; i < 6001; ++i) {
    graph::Link link;
    link.name = "l" + std::to_string(i);
    link.a.node.index = (i - 1) / 2;
    link.b.node.index = i;
    net.internet.links.push_back(link);
  }
  const InternetPlan plan = plan_of(net);
  EXPECT_EQ(way(plan, "r0", "r6000"), "r1");
  EXPECT_EQ(way(plan, "r6000", "r5999"), "r2999");
  EXPECT_EQ(way(plan, "r2999", "r5999"), "r5999");
}

}  // namespace
}  // namespace vinet::plan::testing
