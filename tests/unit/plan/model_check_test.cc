// The model check finds what planning never makes, and nothing in what it makes.
#include "plan/model_check.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "plan/route_walk.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

/// A ring of routers with a host at each, over four machines in a ring.
Plan ring() {
  Lab lab = Lab("lab").machines({"W", "X", "Y", "Z"}).chain({"W", "X", "Y", "Z", "W"});
  Net net("ring");
  const std::vector<std::string> at = {"W", "X", "Y", "Z"};
  for (int i = 0; i < 6; ++i) net.router("r" + std::to_string(i), at[static_cast<size_t>(i) % 4]);
  for (int i = 0; i < 6; ++i) net.host("h" + std::to_string(i), at[static_cast<size_t>(i + 1) % 4]);
  for (int i = 0; i < 6; ++i) {
    net.link("r" + std::to_string(i), "r" + std::to_string((i + 1) % 6));
    net.link("r" + std::to_string(i), "h" + std::to_string(i));
  }
  return planned(graph_of({lab}, {net}));
}

std::string text_of(const ModelReport& report) {
  std::string text;
  for (const ModelFault& fault : report.faults) text += fault.where + ": " + fault.what + "\n";
  return text;
}

NodePlan& node(Plan& plan, const std::string& name) {
  InternetPlan& internet = plan.internets[0];
  return internet.nodes[index_of(internet.nodes, name)];
}
LinkPlan& link(Plan& plan, const std::string& name) {
  InternetPlan& internet = plan.internets[0];
  return internet.links[index_of(internet.links, name)];
}
/// The first route of a node to this node's identity.
net::Route& route_to(Plan& plan, const std::string& from, const std::string& to) {
  const net::IpAddress address = node(plan, to).identity;
  net::Route* best = nullptr;
  for (net::Route& route : node(plan, from).routes) {
    if (!net::contains(route.destination, address)) continue;
    if (best == nullptr || route.destination.length > best->destination.length) best = &route;
  }
  return *best;
}
/// Sends them over the link to this neighbour.
void lead(Plan& plan, net::Route& route, const std::string& from, const std::string& neighbour) {
  const InternetPlan& internet = plan.internets[0];
  for (const ForwardingNode& one : forwarding_nodes(internet, false)) {
    if (*one.name != from) continue;
    for (const Adjacency& way : one.adjacencies) {
      if (internet.nodes[way.node].name != neighbour) continue;
      route.type = net::RouteType::kUnicast;
      route.via = way.far;
      route.device = *way.device;
      route.others.clear();
      return;
    }
  }
}

struct FaultCase {
  const char* name;
  void (*spoil)(Plan&);
  const char* expected;  // part of what is told
};

class ModelCheckTest : public ::testing::TestWithParam<FaultCase> {};

TEST_P(ModelCheckTest, FindsTheFault) {
  Plan plan = ring();
  const ModelReport sound = check_model(plan.internets[0], plan);
  ASSERT_EQ(text_of(sound), "");
  ASSERT_EQ(text_of(check_model(plan.bases[0])), "");
  GetParam().spoil(plan);
  const std::string text =
      text_of(check_model(plan.bases[0])) + text_of(check_model(plan.internets[0], plan));
  EXPECT_NE(text.find(GetParam().expected), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    All, ModelCheckTest,
    ::testing::Values(
        FaultCase{"route_gone",
                  [](Plan& p) {
                    net::Route& route = route_to(p, "r0", "h3");
                    route.type = net::RouteType::kUnreachable;
                  },
                  "ring.r0: no route to 10."},
        FaultCase{"routes_gone", [](Plan& p) { node(p, "h2").routes.clear(); },
                  "ring.h2: no route to 10."},
        FaultCase{"loop_of_two",
                  [](Plan& p) {
                    lead(p, route_to(p, "r1", "h4"), "r1", "r0");
                    lead(p, route_to(p, "r0", "h4"), "r0", "r1");
                  },
                  "is a loop: r"},
        FaultCase{"through_a_host", [](Plan& p) { lead(p, route_to(p, "r0", "h3"), "r0", "h0"); },
                  "ring.r0: the route to "},
        FaultCase{"next_hop_is_no_neighbour",
                  [](Plan& p) { route_to(p, "h0", "h3").via = net::Ipv4{0x0a636363}; },
                  "has a next hop that is no neighbour: the far end of r0 is 10."},
        FaultCase{"device_is_not_there", [](Plan& p) { route_to(p, "h0", "h3").device = "r9"; },
                  "there is no device r9"},
        FaultCase{"end_address_twice",
                  [](Plan& p) { node(p, "h1").identity = node(p, "h2").identity; },
                  "end address 10."},
        FaultCase{"own_address_twice",
                  [](Plan& p) { node(p, "h1").interfaces[0].address = node(p, "h1").identity; },
                  "ring.h1: has 10."},
        FaultCase{
            "link_address_twice",
            [](Plan& p) { link(p, "r0-h0").a.link_address = link(p, "r0-r1").a.link_address; },
            "is also that of link ring.r0-r1 on machine lab.W"},
        FaultCase{
            "link_address_of_a_machine",
            [](Plan& p) { link(p, "r0-r1").a.link_address = p.bases[0].machines[0].base_address; },
            "is also that of machine lab.W on machine lab.W"},
        FaultCase{
            "foreign_base_address",
            [](Plan& p) { link(p, "r0-r1").b.base_address = p.bases[0].machines[3].base_address; },
            "ring.r0-r1: base address 192.168.0.4 at r1 is not that of its machine X"},
        FaultCase{"base_address_twice",
                  [](Plan& p) {
                    p.bases[0].machines[1].base_address = p.bases[0].machines[0].base_address;
                  },
                  "lab.X: address 192.168.0.1 is also that of W"},
        FaultCase{"mtu_too_large", [](Plan& p) { link(p, "r0-r1").mtu_bytes = 1461; },
                  "ring.r0-r1: mtu 1461, but its base path carries 1500 - 40 = 1460"},
        FaultCase{"mtu_too_small_for_ipv6", [](Plan& p) { link(p, "r0-r1").mtu_bytes = 1279; },
                  "ring.r0-r1: mtu 1279, but IPv6 needs 1280"},
        FaultCase{"base_link_shrank", [](Plan& p) { p.bases[0].links[0].mtu_bytes = 1400; },
                  "mtu 1460, but its base path carries 1400 - 40 = 1360"},
        FaultCase{"wrong_overhead", [](Plan& p) { link(p, "r0-r1").overhead_bytes = 20; },
                  "overhead 20: base and link header have 40 bytes"},
        FaultCase{"local_or_not", [](Plan& p) { link(p, "r0-r1").local = true; },
                  "is said to stay on one machine"},
        FaultCase{"device_twice",
                  [](Plan& p) {
                    node(p, "r0").interfaces[0].device = node(p, "r0").interfaces[1].device;
                  },
                  "ring.r0: two devices are called "},
        FaultCase{"device_name_too_long",
                  [](Plan& p) { node(p, "h0").interfaces[0].device = "sixteen_letters_"; },
                  "'sixteen_letters_' is no name for a device"},
        FaultCase{
            "one_mac",
            [](Plan& p) { node(p, "h0").interfaces[0].mac = node(p, "r0").interfaces[1].mac; },
            "both ends have one MAC"},
        FaultCase{"base_route_gone", [](Plan& p) { p.bases[0].machines[2].routes.clear(); },
                  "lab.Y: no route to 192.168.0.1 of W"},
        FaultCase{"base_alternate_comes_back",
                  [](Plan& p) {
                    // X may go over Y when its link to W is down, and Y goes over X.
                    std::vector<MachinePlan>& machines = p.bases[0].machines;
                    const net::IpPrefix to_w = net::host_prefix(machines[0].base_address);
                    std::erase_if(machines[2].routes, [&](const net::Route& route) {
                      return route.destination == to_w && route.device == "Z";
                    });
                    net::Route alternate = machines[1].routes.front();
                    for (const net::Route& route : machines[1].routes) {
                      if (route.device == "Y") alternate = route;
                    }
                    alternate.destination = to_w;
                    alternate.metric = 101;
                    machines[1].routes.push_back(alternate);
                  },
                  "comes back"}),
    [](const auto& one) { return one.param.name; });

TEST(ModelCheck, TellsOfSmallerLinksAsANote) {
  Plan plan = ring();
  link(plan, "r0-r1").mtu_bytes = 1300;
  const ModelReport report = check_model(plan.internets[0], plan);
  EXPECT_EQ(text_of(report), "");
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_NE(report.notes[0].find("1 of 12 links"), std::string::npos);
}

TEST(ModelCheck, CountsTheWays) {
  const Plan plan = ring();
  const ModelReport report = check_model(plan.internets[0], plan);
  // 12 identities and 24 interfaces, both families, each walked to from 11 other nodes.
  EXPECT_EQ(report.addresses, 72U);
  EXPECT_EQ(report.addresses_walked, 72U);
  EXPECT_EQ(report.ways, 72U * 11);
}

TEST(ModelCheck, StrictAddressesMustNotMeet) {
  const auto strict = [](const std::string& name) {
    Net net = figure11(name);
    net.internet.sitn_strict = true;
    return net;
  };
  Plan plan = planned(graph_of({row()}, {strict("one"), strict("two")}));
  ASSERT_EQ(text_of(check_model(plan.internets[0], plan)), "");
  plan.internets[1].nodes[0].identity = plan.internets[0].nodes[3].identity;
  EXPECT_NE(text_of(check_model(plan.internets[0], plan)).find("sitn = strict: end address"),
            std::string::npos);
}

TEST(ModelCheck, WalksASampleOfWhatIsTooMuch) {
  const Plan plan = ring();
  const auto nodes = forwarding_nodes(plan.internets[0], false);
  const WalkReport report = walk_routes(nodes, Forwarding(nodes, false), 12 * 36 / 2);
  EXPECT_EQ(report.addresses, 36U);
  EXPECT_GE(report.addresses_walked, 12U);
  EXPECT_LE(report.addresses_walked, 24U);
}

/// Any route that is taken away, or led to another neighbour at random, breaks a way or makes none
/// worse: what a walk hop by hop, address by address, says, the search says too.
bool arrives(const std::vector<ForwardingNode>& nodes, const Forwarding& forwarding, uint32_t from,
             uint32_t owner, const net::IpAddress& address) {
  std::vector<uint32_t> open{from};
  std::vector<std::pair<uint32_t, size_t>> stack{{from, 0}};
  const auto go = [&](auto&& self, uint32_t at, size_t hops) -> bool {
    if (at == owner) return true;
    if (hops > nodes.size() || (at != from && !nodes[at].transit)) return false;
    for (const Adjacency& way : nodes[at].adjacencies) {
      if (way.node == owner && way.far == address) return true;
    }
    const auto next = forwarding.next(at, number_of(address));
    if (next.empty()) return false;
    for (const uint32_t hop : next) {
      if (!self(self, hop, hops + 1)) return false;
    }
    return true;
  };
  return go(go, from, 0);
}

TEST(ModelCheck, AgreesWithWalkingHopByHop) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Plan plan = ring();
    for (int n = 0; n < 1 + round % 3; ++n) {
      NodePlan& spoiled = plan.internets[0].nodes[random() % 12];
      if (spoiled.routes.empty()) continue;
      net::Route& route = spoiled.routes[random() % spoiled.routes.size()];
      if (random() % 3 == 0) {
        route.type = net::RouteType::kUnreachable;
      } else {
        const InternetPlan& internet = plan.internets[0];
        const Interface& own = spoiled.interfaces[random() % spoiled.interfaces.size()];
        const LinkPlan& over = internet.links[own.link.index];
        const bool is_a = &internet.nodes[over.a.node.index] == &spoiled;
        const LinkEndPlan& far = is_a ? over.b : over.a;
        const Interface& theirs = internet.nodes[far.node.index].interfaces[far.interface];
        route.type = net::RouteType::kUnicast;
        route.device = own.device;
        route.others.clear();
        route.via = net::is_ipv6(route.destination.network) ? net::IpAddress(*theirs.address6)
                                                            : net::IpAddress(theirs.address);
      }
    }
    for (const bool ipv6 : {false, true}) {
      const auto nodes = forwarding_nodes(plan.internets[0], ipv6);
      const Forwarding forwarding(nodes, ipv6);
      bool all = true;
      for (uint32_t owner = 0; owner < nodes.size(); ++owner) {
        for (const net::IpAddress& address : nodes[owner].destinations) {
          for (uint32_t from = 0; from < nodes.size(); ++from) {
            all = all && arrives(nodes, forwarding, from, owner, address);
          }
        }
      }
      const WalkReport report = walk_routes(nodes, forwarding);
      EXPECT_EQ(all, report.faults.empty()) << "round " << round << " ipv6 " << ipv6;
    }
  }
}

TEST(ModelCheck, AThousandNodesTakeSeconds) {
  Net net("big");
  constexpr int kNodes = 1000;
  for (int i = 0; i < kNodes; ++i) {
    net.router("r" + std::to_string(i), std::vector<std::string>{"X", "Y", "Z"}[i % 3]);
  }
  for (int i = 0; i < kNodes; ++i) {
    const auto add = [&](int to) {
      graph::Link link;
      link.name = "l" + std::to_string(net.internet.links.size());
      link.named = true;
      link.a.node.index = static_cast<uint32_t>(i);
      link.b.node.index = static_cast<uint32_t>(to);
      net.internet.links.push_back(link);
    };
    add((i + 1) % kNodes);
    if (i % 2 == 0) add((i * 7 + 31) % kNodes == i ? (i + 2) % kNodes : (i * 7 + 31) % kNodes);
  }
  const Plan plan = planned(graph_of({row()}, {net}));
  const auto begin = std::chrono::steady_clock::now();
  const ModelReport report = check_model(plan.internets[0], plan);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(text_of(report), "");
  EXPECT_EQ(report.addresses_walked, report.addresses);
  EXPECT_EQ(report.ways, report.addresses * (kNodes - 1));
  RecordProperty("seconds", std::to_string(took.count()));
  EXPECT_LT(took.count(), 60);
}

}  // namespace
}  // namespace vinet::plan::testing
