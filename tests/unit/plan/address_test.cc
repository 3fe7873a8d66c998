// End and link addresses: blocks, what is written by hand, what runs beside, and that edits
// renumber nothing.
#include <gtest/gtest.h>

#include <algorithm>

#include "plan/pool.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

net::IpAddress ip(const char* text) {
  return *net::parse_address(text);
}
net::IpPrefix prefix(const char* text) {
  return *net::parse_prefix(text);
}
std::string text(const std::optional<net::Ipv6>& address) {
  return address ? net::to_string(*address) : "none";
}

Plan plan_of(const Net& net, const Inventory& inventory = {}) {
  return planned(graph_of({row()}, {net}), inventory);
}
InternetPlan net_of(const Net& net, const Inventory& inventory = {}) {
  return plan_of(net, inventory).internets.at(0);
}

/// The diagnostics of a file that is refused.
std::string refusal(const std::vector<Net>& nets, const Inventory& inventory = {}) {
  Diagnostics diagnostics;
  const auto plan = make_plan(graph_of({row()}, nets), inventory, {}, diagnostics);
  EXPECT_FALSE(plan) << "was not refused";
  return all_text(diagnostics);
}

void expect_within(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

/// Everything that has an address, by name.
std::map<std::string, std::string> addresses(const InternetPlan& plan) {
  std::map<std::string, std::string> all;
  for (const NodePlan& node : plan.nodes) {
    all[node.name] = net::to_string(node.block) + " " + net::to_string(node.identity) + " " +
                     text(node.identity6) + " " + std::to_string(node.machine.index);
    for (const Interface& interface : node.interfaces) {
      const std::string key = node.name + " " + plan.links[interface.link.index].name;
      all[key] = net::to_string(interface.address) + " " + text(interface.address6) + " " +
                 interface.device + " " + net::to_string(interface.mac);
    }
  }
  for (const LinkPlan& link : plan.links) {
    all[link.name] =
        net::to_string(link.a.link_address) + " " + net::to_string(link.b.link_address);
  }
  return all;
}

void expect_kept(const InternetPlan& before, const InternetPlan& after) {
  const auto old_addresses = addresses(before), new_addresses = addresses(after);
  for (const auto& [name, value] : new_addresses) {
    const auto old = old_addresses.find(name);
    if (old == old_addresses.end()) continue;
    EXPECT_EQ(value, old->second) << name;
  }
}

TEST(Blocks, HoldIdentityInterfacesAndReserve) {
  const InternetPlan plan = net_of(figure11());
  for (const NodePlan& node : plan.nodes) {
    EXPECT_EQ(node.block.length, 28);
    EXPECT_EQ(net::IpAddress(node.identity), node.block.network);
    EXPECT_TRUE(net::contains(plan.pool, node.identity));
    for (size_t i = 0; i < node.interfaces.size(); ++i) {
      EXPECT_EQ(node.interfaces[i].address, node.identity + static_cast<uint32_t>(i + 1));
    }
  }
}

//        hub -- 4 and 5 leaves: 1 + 4 + 11 = 16, 1 + 5 + 11 = 17
TEST(Blocks, GrowWithTheInterfaces) {
  for (const auto& [leaves, length] : {std::pair{4, 28}, std::pair{5, 27}}) {
    Net net = Net("n").router("hub");
    for (int i = 0; i < leaves; ++i)
      net.host("h" + std::to_string(i)).link("hub", "h" + std::to_string(i));
    EXPECT_EQ(node_of(net_of(net), "hub").block.length, length);
  }
}

//   r0 -- r1 in the file's order far apart; their hosts between others
TEST(Blocks, LieAlongTheTopology) {
  const Net net = Net("n")
                      .router("r0")
                      .host("h1")
                      .router("r1")
                      .host("h0")
                      .link("r0", "r1")
                      .link("h1", "r1")
                      .link("h0", "r0");
  const InternetPlan plan = net_of(net);
  std::vector<std::pair<net::IpPrefix, std::string>> order;
  for (const NodePlan& node : plan.nodes) order.emplace_back(node.block, node.name);
  std::sort(order.begin(), order.end());
  std::string names;
  for (const auto& entry : order) names += entry.second + " ";
  EXPECT_EQ(names, "r0 h0 r1 h1 ");
}

TEST(Ipv6, MirrorsIpv4) {
  Net net = figure11();
  net.internet.pool = prefix("10.40.0.0/16");
  net.internet.pool6 = prefix("fd40::/48");
  const NodePlan b = node_of(net_of(net), "B");
  EXPECT_EQ(text(b.identity6), "fd40::a28:" + std::string(b.identity.bits & 0xff ? "10" : "0"));
  EXPECT_EQ(b.block6->length, 124);
  EXPECT_EQ(*b.interfaces[1].address6, *b.identity6 + 2);
}

TEST(Ipv6, DefaultPoolIsAUlaOfTheName) {
  const InternetPlan one = net_of(figure11("one")), two = net_of(figure11("two"));
  EXPECT_TRUE(net::contains(prefix("fd00::/8"), one.pool6->network));
  EXPECT_EQ(one.pool6->length, 48);
  EXPECT_NE(one.pool6, two.pool6);
}

TEST(Ipv6, Off) {
  Net net = figure11();
  net.internet.ipv6 = false;
  const InternetPlan plan = net_of(net);
  EXPECT_FALSE(plan.pool6);
  for (const NodePlan& node : plan.nodes) {
    EXPECT_FALSE(node.identity6 || node.block6);
    for (const Interface& interface : node.interfaces) EXPECT_FALSE(interface.address6);
    for (const net::Route& route : node.routes)
      EXPECT_FALSE(net::is_ipv6(route.destination.network));
  }
}

TEST(Mirror, AndBack) {
  const net::IpPrefix pool6 = prefix("fd00:1::/112"), pool = prefix("10.1.0.0/16");
  const net::Ipv4 address = *net::parse_ipv4("10.1.2.3");
  EXPECT_EQ(net::to_string(mirror(pool6, address)), "fd00:1::203");
  EXPECT_EQ(unmirror(pool6, pool, mirror(pool6, address)), address);
  EXPECT_FALSE(unmirror(pool6, pool, *net::parse_ipv6("fd00:1::1:203")));
  EXPECT_FALSE(unmirror(prefix("fd00:1::/96"), pool, *net::parse_ipv6("fd00:1::b01:203")));
}

TEST(HandSet, AddressesAreTaken) {
  Net net = figure11();
  net.at("A").addresses = {ip("10.0.0.5"), ip("fd99::1")};
  net.last().b.addresses = {ip("10.0.0.18")};  // of F
  const InternetPlan plan = net_of(net);
  EXPECT_EQ(net::to_string(node_of(plan, "A").identity), "10.0.0.5");
  EXPECT_EQ(text(node_of(plan, "A").identity6), "fd99::1");
  EXPECT_EQ(net::to_string(node_of(plan, "F").interfaces[0].address), "10.0.0.18");
  for (const NodePlan& node : plan.nodes) {
    EXPECT_FALSE(net::contains(node.block, ip("10.0.0.5"))) << node.name;
    EXPECT_FALSE(net::contains(node.block, ip("10.0.0.18"))) << node.name;
  }
}

TEST(HandSet, Ipv6AddressInThePoolKeepsItsMirrorFree) {
  Net net = figure11();
  net.internet.pool = prefix("10.40.0.0/24");
  net.internet.pool6 = prefix("fd40::/96");
  net.at("A").addresses = {ip("fd40::a28:5")};
  for (const NodePlan& node : net_of(net).nodes) {
    EXPECT_FALSE(net::contains(*node.block6, ip("fd40::a28:5"))) << node.name;
  }
}

TEST(HandSet, WrongOnesAreRefused) {
  struct Case {
    const char* expected;
    void (*change)(Net&);
  };
  const Case cases[] = {
      {"address 10.9.9.9 of node 'F' is given twice = it is also the address of node 'A'",
       [](Net& n) { n.at("A").addresses = n.at("F").addresses = {ip("10.9.9.9")}; }},
      {"given twice", [](Net& n) { n.at("A").addresses = n.last().a.addresses = {ip("fd00::1")}; }},
      {"224.0.0.1 of node 'A' is not a unicast address",
       [](Net& n) { n.at("A").addresses = {ip("224.0.0.1")}; }},
      {"not a unicast", [](Net& n) { n.at("A").addresses = {ip("127.0.0.1")}; }},
      {"not a unicast", [](Net& n) { n.at("A").addresses = {ip("fe80::1")}; }},
      {"not a unicast", [](Net& n) { n.at("A").addresses = {ip("::1")}; }},
      {"link 'E-F' at 'F' has the IPv6 address fd00::2 and `ipv6 = off`",
       [](Net& n) { n.last().b.addresses = {ip("fd00::2")}, n.last().ipv6 = false; }},
      {"`pool = fd00::/48` is not an IPv4 prefix",
       [](Net& n) { n.internet.pool = prefix("fd00::/48"); }},
      {"`pool6 = 10.0.0.0/8` is not an IPv6 prefix",
       [](Net& n) { n.internet.pool6 = prefix("10.0.0.0/8"); }},
      {"overlaps 224.0.0.0/3", [](Net& n) { n.internet.pool = prefix("224.0.0.0/8"); }},
      {"has a `pool6` and `ipv6 = off`",
       [](Net& n) { n.internet.pool6 = prefix("fd40::/48"), n.internet.ipv6 = false; }},
      {"pool6 fd40::/120 of internet 'fig11' is smaller than pool 10.40.0.0/16",
       [](Net& n) {
         n.internet.pool6 = prefix("fd40::/120"), n.internet.pool = prefix("10.40.0.0/16");
       }},
  };
  for (const Case& c : cases) {
    Net net = figure11();
    c.change(net);
    expect_within(refusal({net}), c.expected);
  }
}

TEST(Pool, RunsDryWithTheArithmetic) {
  Net net = figure11();
  net.internet.pool = prefix("10.40.0.0/28");
  expect_within(
      refusal({net}),
      "pool 10.40.0.0/28 is too small for internet 'fig11' = 6 nodes with 10 interfaces take 20 "
      "addresses without any reserve (1 + interfaces a node, rounded up to a power of two); the "
      "pool "
      "has 16");
}

//   six nodes: /28 each take 96, /29 each 48, so 64 addresses leave a reserve of 5 (1 + 2 + 5 = 8)
TEST(Pool, ReducesTheReserveAndSaysSo) {
  Net net = figure11();
  net.internet.pool = prefix("10.40.0.0/26");
  Diagnostics diagnostics;
  const auto plan = make_plan(graph_of({row()}, {net}), {}, {}, diagnostics);
  ASSERT_TRUE(plan) << all_text(diagnostics);
  EXPECT_EQ(
      all_text(diagnostics),
      "warning: the reserve of internet 'fig11' is reduced from 11 to 5 addresses a node = pool "
      "10.40.0.0/26 holds 64 addresses\n");
  EXPECT_EQ(plan->internets[0].nodes[0].block.length, 29);
}

TEST(Pool, KeepsAwayFromTheComputersPrefixes) {
  Inventory inventory;
  inventory.own_prefixes = {prefix("10.0.0.0/10"), prefix("10.64.0.7/32"), prefix("fd00::/8")};
  const InternetPlan plan = net_of(figure11(), inventory);
  EXPECT_FALSE(net::overlaps(plan.pool, prefix("10.0.0.0/10")));
  EXPECT_FALSE(net::overlaps(plan.pool, prefix("10.64.0.7/32")));
}

TEST(Pool, SqueezesInWhereOnlyHolesAreLeft) {
  Inventory inventory;  // of 10.0.0.0/8, only 10.0.0.16/28 and 10.200.0.0/27 are free: room for a
                        // /28 and two
  for (uint8_t length = 9; length <= 28; ++length) {
    net::IpPrefix other = net::prefix_of(ip("10.0.0.16"), length);
    other.network = net::Ipv4{std::get<net::Ipv4>(other.network).bits ^ (1U << (32 - length))};
    if (length != 9) inventory.own_prefixes.push_back(other);
  }
  for (uint8_t length = 10; length <= 27; ++length) {
    net::IpPrefix other = net::prefix_of(ip("10.200.0.0"), length);
    other.network = net::Ipv4{std::get<net::Ipv4>(other.network).bits ^ (1U << (32 - length))};
    inventory.own_prefixes.push_back(other);
  }
  const Net net = Net("n").host("A").router("B").host("C").chain({"A", "B", "C"});
  const InternetPlan plan = net_of(net, inventory);
  EXPECT_EQ(plan.pool, kDefaultPool);
  for (const NodePlan& node : plan.nodes) {
    EXPECT_EQ(node.block.length, 28);
    for (const net::IpPrefix& own : inventory.own_prefixes)
      EXPECT_FALSE(net::overlaps(node.block, own));
  }
}

TEST(Pool, InternetsOnOneBaseAreKeptApart) {
  const Plan one = plan_of(figure11("one"));
  Inventory inventory;
  inventory.running = one;
  const Plan both = planned(graph_of({row()}, {figure11("two"), figure11("three")}), inventory);
  const InternetPlan &a = one.internets[0], &b = both.internets[0], &c = both.internets[1];
  EXPECT_FALSE(net::overlaps(a.pool, b.pool) || net::overlaps(b.pool, c.pool) ||
               net::overlaps(a.pool, c.pool));
  EXPECT_NE(a.links[0].a.link_address, b.links[0].a.link_address);
  EXPECT_NE(b.links[0].a.link_address, c.links[0].a.link_address);
}

TEST(Pool, WrittenOneIgnoresWhatRuns) {
  Inventory inventory;
  inventory.running = plan_of(figure11("one"));
  inventory.own_prefixes = {prefix("10.0.0.0/8")};
  Net net = figure11("two");
  net.internet.pool = inventory.running.internets[0].pool;
  EXPECT_EQ(net_of(net, inventory).nodes[0].block, inventory.running.internets[0].nodes[0].block);
}

TEST(SitnStrict, RefusesWhatWouldRepeat) {
  Inventory inventory;
  inventory.running = plan_of(figure11("one"));
  Net net = figure11("two");
  net.internet.pool = inventory.running.internets[0].pool;
  net.internet.sitn_strict = true;
  const std::string text = refusal({net}, inventory);
  expect_within(text, "addresses would meet");
  expect_within(text, "'one.");
  expect_within(text, "'two.");
}

TEST(SitnStrict, IsKeptByWhatRuns) {
  Net strict = figure11("one");
  strict.internet.sitn_strict = true;
  Inventory inventory;
  inventory.running = plan_of(strict);
  Net net = figure11("two");
  net.internet.pool = inventory.running.internets[0].pool;
  expect_within(refusal({net}, inventory), "addresses would meet");
}

//   X -- Y, one internet at X, one at Y: they never meet
TEST(SitnStrict, AllowsWhatSharesNoMachine) {
  std::vector<Net> nets;
  for (const char* at : {"X", "Y"}) {
    nets.push_back(Net(std::string("n") + at).host("A", at).host("B", at).link("A", "B"));
    nets.back().internet.pool = prefix("10.1.0.0/24");
    nets.back().internet.sitn_strict = true;
  }
  const Plan plan = planned(graph_of({row()}, nets));
  EXPECT_EQ(plan.internets[0].nodes[0].identity, plan.internets[1].nodes[0].identity);
}

struct Edit {
  const char* name;
  void (*change)(Net&);
};

class EditTest : public ::testing::TestWithParam<Edit> {};

/// Two internets run; one is edited. Nothing that the edit does not touch changes.
TEST_P(EditTest, RenumbersNothingElse) {
  Net net = figure11();
  Inventory inventory;
  inventory.running = planned(graph_of({row()}, {figure11("other"), net, figure11("last")}));
  GetParam().change(net);
  const Plan plan = planned(graph_of({row()}, {net}), inventory);
  expect_kept(inventory.running.internets[1], plan.internets[0]);
  PlanOptions again;  // and planned from its own result, it is the same
  again.previous = plan;
  EXPECT_EQ(planned(graph_of({row()}, {net}), inventory, again), plan);
}

void remove_link(Net& net, const std::string& name) {
  std::erase_if(net.internet.links, [&](const graph::Link& link) { return link.name == name; });
}

INSTANTIATE_TEST_SUITE_P(
    All, EditTest,
    ::testing::Values(
        Edit{"nothing", [](Net&) {}}, Edit{"add_node", [](Net& n) { n.host("G").link("C", "G"); }},
        Edit{"add_node_and_link_first",
             [](Net& n) {
               n.host("G").link("G", "B");
               std::rotate(n.internet.links.begin(), n.internet.links.end() - 1,
                           n.internet.links.end());
             }},
        Edit{"second_link_before_the_first",
             [](Net& n) {
               n.named("backup", "B", "C");
               std::rotate(n.internet.links.begin(), n.internet.links.end() - 1,
                           n.internet.links.end());
             }},
        Edit{"remove_node",
             [](Net& n) {
               remove_link(n, "A-B");
               for (auto& link : n.internet.links) --link.a.node.index, --link.b.node.index;
               n.internet.nodes.erase(n.internet.nodes.begin());
             }},
        Edit{"remove_link", [](Net& n) { remove_link(n, "C-D"); }},
        Edit{"reorder_links",
             [](Net& n) { std::reverse(n.internet.links.begin(), n.internet.links.end()); }},
        Edit{"reorder_nodes",
             [](Net& n) {
               const auto count = static_cast<uint32_t>(n.internet.nodes.size());
               std::reverse(n.internet.nodes.begin(), n.internet.nodes.end());
               for (auto& link : n.internet.links) {
                 for (auto* end : {&link.a, &link.b}) end->node.index = count - 1 - end->node.index;
               }
             }},
        Edit{"write_another_mtu_and_cost",
             [](Net& n) { n.last().mtu_bytes = 1300, n.last().cost = 7; }},
        Edit{"many_more_nodes_than_the_region_holds",
             [](Net& n) {
               for (int i = 0; i < 200; ++i) {
                 n.host("g" + std::to_string(i)).link("C", "g" + std::to_string(i));
               }
               n.internet.nodes[4].name = "hub";  // C itself outgrows its block; what was C is gone
               for (auto& link : n.internet.links) {
                 if (link.a.node.index == 4 || link.b.node.index == 4) link.name += "'";
               }
             }}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(Edit, PutsTheOthersWhereTheyWere) {
  Inventory inventory;
  const auto graph = graph_of({row()}, {figure11("one"), figure11("two")});
  inventory.running = planned(graph);
  EXPECT_EQ(planned(graph, inventory), inventory.running);
  const auto turned = graph_of({row()}, {figure11("two"), figure11("one")});
  const Plan plan = planned(turned, inventory);
  EXPECT_EQ(*plan.find_internet("one"), inventory.running.internets[0]);
  EXPECT_EQ(*plan.find_internet("two"), inventory.running.internets[1]);
}

//   one is new and stands before two, which runs: two keeps its addresses, one goes elsewhere
TEST(Edit, ANewInternetYieldsToOneThatRuns) {
  Inventory inventory;
  inventory.running = planned(graph_of({row()}, {figure11("two")}));
  const Plan plan = planned(graph_of({row()}, {figure11("one"), figure11("two")}), inventory);
  EXPECT_EQ(*plan.find_internet("two"), inventory.running.internets[0]);
}

TEST(Edit, ABlockThatIsFullIsReplaced) {
  Net net = Net("n").router("hub").host("h").link("hub", "h");
  net.internet.reserve = 0;
  Inventory inventory;
  inventory.running = plan_of(net);
  net.host("i").link("hub", "i");
  const InternetPlan plan = net_of(net, inventory);
  EXPECT_EQ(node_of(plan, "hub").block.length, 30);
  EXPECT_EQ(node_of(plan, "h"), [&] {
    NodePlan expected = node_of(inventory.running.internets[0], "h");
    expected.routes = node_of(plan, "h").routes;
    return expected;
  }());
}

}  // namespace
}  // namespace vinet::plan::testing
