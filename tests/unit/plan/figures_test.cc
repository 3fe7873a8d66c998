// The paper's figures, planned.
#include <gtest/gtest.h>

#include "plan/query.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

net::Ipv4 ip(const char* text) {
  return *net::parse_ipv4(text);
}
net::IpPrefix prefix(const char* text) {
  return *net::parse_prefix(text);
}

//   A -- B -- C -- D -- E -- F       on X   Y   Z   Y   Z   Y
TEST(Figure11, AddressesOfAllThreeLayers) {
  const Plan plan = planned(graph_of({row()}, {figure11()}));
  const BasePlan& lab = plan.bases.at(0);
  EXPECT_EQ(lab.machines[0].base_address, ip("192.168.0.1"));
  EXPECT_EQ(lab.machines[2].base_address, ip("192.168.0.3"));
  EXPECT_EQ(lab.links[0].a.address, ip("192.168.128.0"));
  EXPECT_EQ(lab.links[1].b.address, ip("192.168.128.3"));
  EXPECT_EQ(lab.links[1].a.device, "Z");
  EXPECT_EQ(lab.links[1].b.device, "Y");

  const InternetPlan& fig = plan.internets.at(0);
  const NodePlan& b = node_of(fig, "B");
  EXPECT_EQ(b.block.length, 28);
  EXPECT_EQ(b.machine.index, 1U);
  ASSERT_EQ(b.interfaces.size(), 2U);
  EXPECT_EQ(b.interfaces[0].device, "A");
  EXPECT_EQ(b.interfaces[1].device, "C");
  EXPECT_EQ(b.interfaces[1].address, b.identity + 2);
  const LinkPlan& link = link_of(fig, "A-B");
  EXPECT_EQ(link.a.link_address, ip("172.16.0.0"));
  EXPECT_EQ(link.b.link_address, ip("172.16.0.1"));
  EXPECT_EQ(link.a.base_address, ip("192.168.0.1"));
  EXPECT_EQ(link.b.base_address, ip("192.168.0.2"));
  EXPECT_EQ(link.mtu_bytes, 1460U);
  EXPECT_FALSE(link.local);
}

TEST(Figure11, RoutesLeadToEveryNode) {
  const Plan plan = planned(graph_of({row()}, {figure11()}));
  const InternetPlan& fig = plan.internets.at(0);
  const NodePlan& a = node_of(fig, "A");
  const NodePlan& b = node_of(fig, "B");
  for (const NodePlan& to : fig.nodes) {
    if (&to == &a) continue;
    const bool found = std::any_of(a.routes.begin(), a.routes.end(), [&](const net::Route& route) {
      return route.type == net::RouteType::kUnicast &&
             net::contains(route.destination, to.identity) &&
             route.via == net::IpAddress(b.interfaces[0].address) && route.device == "B" &&
             !route.source;
    });
    EXPECT_TRUE(found) << to.name;
  }
  EXPECT_EQ(connected_pairs(fig).size(), 30U);
}

TEST(Figure11, MachinesRouteToEachOther) {
  const Plan plan = planned(graph_of({row()}, {figure11()}));
  const net::Route expected{.destination = prefix("192.168.0.3/32"),
                            .metric = 100,
                            .type = net::RouteType::kUnicast,
                            .via = ip("192.168.128.1"),
                            .device = "Y",
                            .source = ip("192.168.0.1")};
  const auto& routes = plan.bases.at(0).machines[0].routes;
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[1], expected);
}

}  // namespace
}  // namespace vinet::plan::testing
