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

/// The device by which a node sends to another's identity, or "-".
std::string way(const InternetPlan& plan, const std::string& from, const std::string& to,
                bool ipv6 = false) {
  const NodePlan& there = node_of(plan, to);
  const net::IpAddress address =
      ipv6 ? net::IpAddress(*there.identity6) : net::IpAddress(there.identity);
  const net::Route* route = lookup(node_of(plan, from), address);
  return route == nullptr ? "-" : route->device;
}

//     B
//    / \       A to D by B (the first link), unless it costs more
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

TEST(Routes, TiesGoToTheFirstLink) {
  EXPECT_EQ(way(plan_of(diamond()), "A", "D"), "B");
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
  EXPECT_EQ(way(plan_of(net), "A", "D"), "B");
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
  EXPECT_EQ(way(plan, "A", "C", true), "-");
  EXPECT_EQ(connected_pairs(plan, Family::kIpv6).size(), 2U);
  EXPECT_FALSE(node_of(plan, "C").interfaces[0].address6);
}

TEST(Routes, OwnBlockIsUnreachable) {
  const InternetPlan plan = plan_of(figure11());
  for (const NodePlan& node : plan.nodes) {
    for (const net::IpPrefix& block : {node.block, *node.block6}) {
      const auto count =
          std::count_if(node.routes.begin(), node.routes.end(), [&](const net::Route& r) {
            return r.destination == block && r.type == net::RouteType::kUnreachable &&
                   r.metric == kUnreachableMetric && !r.via && r.device.empty();
          });
      EXPECT_EQ(count, 1) << node.name;
    }
  }
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
  EXPECT_LE(node_of(plan, "h").routes.size(), 1U + 6U);
  for (const NodePlan& to : plan.nodes) {
    EXPECT_EQ(way(plan, "h", to.name), to.name == "h" ? "" : "r0") << to.name;
  }
  // Exact: what no node has is not routed.
  EXPECT_EQ(lookup(node_of(plan, "h"), net::Ipv4{0x0a000000 + 17 * 16}), nullptr);
}

TEST(Routes, TooManyNodesAreRefused) {
  Net net("n");
  for (int i = 0; i < 5001; ++i) {
    graph::Node node;
    node.name = "h" + std::to_string(i);
    net.internet.nodes.push_back(node);
  }
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph_of({row()}, {net}), {}, {}, diagnostics));
  EXPECT_NE(all_text(diagnostics).find("static routes for more than 5000 are not supported yet"),
            std::string::npos)
      << all_text(diagnostics);
}

}  // namespace
}  // namespace vinet::plan::testing
