// Bases: addresses, devices, routes over every loop-free link, and what happens when one is running
// already.
#include <gtest/gtest.h>

#include <set>

#include "plan/base_paths.h"
#include "plan/base_plan.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

BasePlan plan_of(const Lab& lab) {
  Diagnostics diagnostics;
  auto plan = make_base_plan(lab.base, {}, nullptr, diagnostics);
  EXPECT_TRUE(plan) << all_text(diagnostics);
  return plan.value_or(BasePlan{});
}

/// `metric via device`, best first.
std::vector<std::string> ways(const BasePlan& base, const std::string& from,
                              const std::string& to) {
  const net::IpPrefix destination =
      net::host_prefix(base.machines[index_of(base.machines, to)].base_address);
  const MachinePlan& machine = base.machines[index_of(base.machines, from)];
  std::vector<std::string> found;
  for (const net::Route& route : machine.routes) {
    if (route.destination != destination) continue;
    EXPECT_EQ(route.source, net::IpAddress(machine.base_address));
    EXPECT_TRUE(route.via);
    found.push_back(std::to_string(route.metric) + " " + route.device);
  }
  return found;
}

using Ways = std::vector<std::string>;

//     X
//    / \        each pair has the direct link and the way round
//   Y---Z
TEST(BaseRoutes, RingOfThreeHasAnAlternateEverywhere) {
  const BasePlan base = plan_of(Lab("lab").machines({"X", "Y", "Z"}).chain({"X", "Y", "Z", "X"}));
  EXPECT_EQ(ways(base, "X", "Y"), (Ways{"100 Y", "101 Z"}));
  EXPECT_EQ(ways(base, "X", "Z"), (Ways{"100 Z", "101 Y"}));
  EXPECT_EQ(ways(base, "Y", "Z"), (Ways{"100 Z", "101 X"}));
}

//   W -- X      from X to W: Y would send the packet back (RFC 5286, inequality 1: 2 < 1 + 1 is
//   false) |    |      from X to Z: both ways are equally long Z -- Y
TEST(BaseRoutes, RingOfFourKeepsOnlyLoopFreeAlternates) {
  const BasePlan base =
      plan_of(Lab("lab").machines({"W", "X", "Y", "Z"}).chain({"W", "X", "Y", "Z", "W"}));
  EXPECT_EQ(ways(base, "X", "W"), (Ways{"100 W"}));
  EXPECT_EQ(ways(base, "X", "Z"), (Ways{"100 W", "101 Y"}));
}

//   X == Y      two links, the second cheaper
TEST(BaseRoutes, ParallelLinksAreAlternates) {
  Lab lab = Lab("lab").machines({"X", "Y"}).link("X", "Y").link("X", "Y");
  lab.base.links[0].cost = 5;
  const BasePlan base = plan_of(lab);
  EXPECT_EQ(ways(base, "X", "Y"), (Ways{"100 Y.2", "101 Y"}));
  EXPECT_EQ(ways(base, "Y", "X"), (Ways{"100 X.2", "101 X"}));
}

TEST(BaseRoutes, FollowCost) {
  Lab lab = Lab("lab").machines({"X", "Y", "Z"}).chain({"X", "Y", "Z", "X"});
  lab.last().cost = 10;  // Z-X
  EXPECT_EQ(ways(plan_of(lab), "X", "Z"), (Ways{"100 Y", "101 Z"}));
}

TEST(BaseRoutes, NoneWhereThereIsNoPath) {
  const BasePlan base = plan_of(Lab("lab").machines({"X", "Y", "Z"}).link("X", "Y"));
  EXPECT_EQ(ways(base, "X", "Z"), Ways{});
  EXPECT_EQ(base.machines[2].routes.size(), 0U);
}

TEST(BasePlan, AddressesAndMacsAreUnique) {
  const BasePlan base =
      plan_of(Lab("lab").machines({"X", "Y", "Z"}).chain({"X", "Y", "Z", "X", "Y"}));
  std::set<net::Ipv4> addresses;
  std::set<net::Mac> macs;
  for (const auto& machine : base.machines) addresses.insert(machine.base_address);
  for (const auto& link : base.links) {
    addresses.insert({link.a.address, link.b.address});
    macs.insert({link.a.mac, link.b.mac});
  }
  EXPECT_EQ(addresses.size(), 3U + 8U);
  EXPECT_EQ(macs.size(), 8U);
  EXPECT_EQ(base.links[3].a.device, "Y.2");
}

TEST(BasePlan, LinkMtuIsTheSmallerMachines) {
  Lab lab = Lab("lab").machines({"X", "Y"}, 9000).machines({"Z"}).chain({"X", "Y", "Z"});
  EXPECT_EQ(plan_of(lab).links[0].mtu_bytes, 9000U);
  EXPECT_EQ(plan_of(lab).links[1].mtu_bytes, 1500U);
  lab.last().mtu_bytes = 1400;
  EXPECT_EQ(plan_of(lab).links[1].mtu_bytes, 1400U);
}

TEST(BasePlan, RefusesWhatCannotBe) {
  struct Case {
    const char* expected;
    void (*change)(Lab&, Features&);
  };
  const Case cases[] = {
      {"joins a machine to itself", [](Lab& l, Features&) { l.link("X", "X"); }},
      {"cost of a link is at least 1", [](Lab& l, Features&) { l.last().cost = 0; }},
      {"mtu of 60", [](Lab& l, Features&) { l.last().mtu_bytes = 60; }},
      {"mtu of 70000 for machine 'X'",
       [](Lab& l, Features&) { l.base.machines[0].mtu_bytes = 70000; }},
      {"tbf queueing discipline",
       [](Lab& l, Features& f) { l.last().rate_bps = 1, f.tbf = false; }},
  };
  for (const Case& c : cases) {
    Lab lab = row();
    Features features;
    c.change(lab, features);
    Diagnostics diagnostics;
    EXPECT_FALSE(make_base_plan(lab.base, features, nullptr, diagnostics));
    EXPECT_NE(all_text(diagnostics).find(c.expected), std::string::npos) << all_text(diagnostics);
  }
}

TEST(BaseDifferences, IgnoreOrderAndNameWhatDiffers) {
  const BasePlan running = plan_of(row());
  const Lab turned = Lab("lab").machines({"Z", "Y", "X"}).link("Y", "Z").link("X", "Y");
  EXPECT_EQ(base_differences(turned.base, running), Ways{});

  Lab other = Lab("lab").machines({"X", "Y", "W"}).chain({"X", "Y", "W"});
  EXPECT_EQ(base_differences(other.base, running),
            (Ways{"link 'Y-W' is new", "machine 'W' is new", "link 'Y-Z' is missing",
                  "machine 'Z' is missing"}));
  Lab slower = row();
  slower.last().rate_bps = 1000;
  EXPECT_EQ(base_differences(slower.base, running).size(), 1U);
}

//   a base that runs is taken over as it is; the planner's own order of machines does not come in
TEST(RunningBase, IsUsedAsItIs) {
  Inventory inventory;
  inventory.running.bases.push_back(plan_of(row()));
  const Lab turned = Lab("lab").machines({"Z", "Y", "X"}).link("Y", "Z").link("X", "Y");
  const Plan plan = planned(graph_of({turned}, {figure11()}), inventory);
  EXPECT_EQ(plan.bases, inventory.running.bases);
  EXPECT_EQ(node_of(plan.internets[0], "A").machine.index, 0U);
}

TEST(RunningBase, NeedNotBeDeclared) {
  Inventory inventory;
  inventory.running.bases.push_back(plan_of(row()));
  EXPECT_EQ(planned(graph_of({}, {figure11()}), inventory),
            planned(graph_of({row()}, {figure11()}), inventory));
}

TEST(RunningBase, ThatDiffersIsRefusedWithTheStrangersOnIt) {
  Inventory inventory;
  inventory.running = planned(graph_of({row()}, {figure11()}));
  Lab other = row();
  other.machines({"W"}).link("Z", "W");
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph_of({other}, {}), inventory, {}, diagnostics));
  const std::string text = all_text(diagnostics);
  EXPECT_NE(text.find("base 'lab' is running with other machines or links"), std::string::npos)
      << text;
  EXPECT_NE(text.find("machine 'W' is new"), std::string::npos) << text;
  EXPECT_NE(text.find("other internets on it: 'fig11'"), std::string::npos) << text;
}

//   X -- Y -- Z   ->   V, X -- Y -- W: what is still described keeps what it has
TEST(RunningBase, ThatDiffersKeepsWhatItStillHas) {
  Inventory inventory;
  inventory.running = planned(graph_of({row()}, {figure11()}));
  const BasePlan& before = inventory.running.bases[0];
  const Lab other = Lab("lab").machines({"V", "X", "Y", "W"}).chain({"X", "Y", "W"});
  Net net = figure11();
  for (const char* moved : {"C", "E"}) net.at(moved).machine = "W";
  net.at("B").machine.clear();  // stays where it is
  const Plan plan = planned(graph_of({other}, {net}), inventory);
  const BasePlan& now = plan.bases[0];
  ASSERT_EQ(now.machines.size(), 4U);
  EXPECT_EQ(now.machines[1].base_address, before.machines[0].base_address);
  EXPECT_EQ(now.machines[2].base_address, before.machines[1].base_address);
  std::set<net::Ipv4> addresses;
  for (const MachinePlan& machine : now.machines) addresses.insert(machine.base_address);
  for (const MachinePlan& machine : before.machines) addresses.insert(machine.base_address);
  EXPECT_EQ(addresses.size(), 5U) << "a new machine has no address that was another's";
  const BaseLinkPlan &kept = now.links[0], &was = before.links[0];
  EXPECT_EQ(kept.a.address, was.a.address);
  EXPECT_EQ(kept.b.address, was.b.address);
  EXPECT_EQ(kept.a.device, was.a.device);
  EXPECT_EQ(kept.a.mac, was.a.mac);
  const InternetPlan& internet = plan.internets[0];
  EXPECT_EQ(now.machines[node_of(internet, "B").machine.index].name, "Y");
  EXPECT_EQ(node_of(internet, "A").identity, node_of(inventory.running.internets[0], "A").identity);
  EXPECT_EQ(link_of(internet, "A-B"), link_of(inventory.running.internets[0], "A-B"));
}

TEST(RunningBase, WhoseMachineIsGoneHasItsFreeNodesPlacedAnew) {
  Inventory inventory;
  Net net = figure11();
  for (auto& node : net.internet.nodes) node.machine.clear();
  inventory.running = planned(graph_of({row()}, {net}));
  const Lab other = Lab("lab").machines({"Y", "X"}).chain({"X", "Y"});
  const Plan plan = planned(graph_of({other}, {net}), inventory);
  for (const NodePlan& node : plan.internets[0].nodes) {
    const NodePlan& was = node_of(inventory.running.internets[0], node.name);
    const std::string old = inventory.running.bases[0].machines[was.machine.index].name;
    ASSERT_LT(node.machine.index, 2U);
    if (old != "Z") {
      EXPECT_EQ(plan.bases[0].machines[node.machine.index].name, old);
    }
  }
}

}  // namespace
}  // namespace vinet::plan::testing
