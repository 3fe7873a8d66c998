// Internets on internets: what is decided above the first layer, layer by layer and edit by edit.
#include "plan/stack.h"

#include <gtest/gtest.h>

#include <set>

#include "plan/as_base.h"
#include "plan/model_check.h"
#include "plan/plan_diff.h"
#include "plan/plan_json.h"
#include "plan/sitn.h"
#include "unit/plan/builder.h"
#include "vi_abi.h"

namespace vinet::plan::testing {
namespace {

/// ../shared/examples/stacked.vinet (VI Figure 10).
Net lower_net() {
  Net net("lower");
  net.host("a", "X")
      .host("c", "Z")
      .router("b", "Y")
      .chain({"a", "b", "c"})
      .named("direct", "a", "c");
  return net;
}
Net upper_net(const std::string& name = "upper") {
  return Net(name, "lower").host("p", "a").router("q", "b").host("s", "c").chain({"p", "q", "s"});
}
graph::Graph stacked() {
  return graph_of({row()}, {lower_net(), upper_net()});
}

/// Two hosts on two machines, and so on upwards: l1 on the lab, l2 on l1, ...
graph::Graph tower(uint32_t depth, bool ipv6, uint32_t mtu_bytes = 1500) {
  std::vector<Net> nets;
  for (uint32_t i = 1; i <= depth; ++i) {
    nets.emplace_back("l" + std::to_string(i), i == 1 ? "lab" : "l" + std::to_string(i - 1));
    nets.back().host("a", i == 1 ? "X" : "a").host("b", i == 1 ? "Y" : "b").link("a", "b");
    nets.back().internet.ipv6 = ipv6;
  }
  return graph_of({Lab("lab").machines({"X", "Y"}, mtu_bytes).chain({"X", "Y"})}, nets);
}

std::string address(const InternetPlan& plan, const std::string& link) {
  const LinkPlan& found = link_of(plan, link);
  return net::to_string(found.a.link_address) + " " + net::to_string(found.b.link_address);
}

std::vector<std::string> faults(const Plan& plan) {
  std::vector<std::string> all;
  for (const InternetPlan& internet : plan.internets) {
    for (const ModelFault& fault : check_model(internet, plan).faults) {
      all.push_back(fault.where + ": " + fault.what);
    }
  }
  return all;
}

TEST(Stack, TheExample) {
  const Plan plan = planned(stacked());
  ASSERT_EQ(plan.internets.size(), 2U);
  const InternetPlan &lower = plan.internets[0], &upper = plan.internets[1];
  EXPECT_EQ(upper.base, "lower");
  EXPECT_EQ(node_of(lower, "a").block, *net::parse_prefix("10.0.0.16/28"));
  EXPECT_EQ(address(upper, "p-q"), "10.0.0.31 10.0.0.15") << "the ends of the blocks of a and b";
  EXPECT_EQ(address(upper, "q-s"), "10.0.0.14 10.0.0.47");
  EXPECT_EQ(link_of(upper, "p-q").a.base_address, node_of(lower, "a").identity);
  EXPECT_EQ(link_of(upper, "p-q").mtu_bytes, 1440U);
  EXPECT_EQ(link_of(upper, "p-q").overhead_bytes, 20U);
  EXPECT_TRUE(upper.flattened);
  EXPECT_FALSE(lower.flattened) << "it stands on a base";
  EXPECT_EQ(faults(plan), std::vector<std::string>());

  EXPECT_EQ(lower_of(plan, upper), &lower);
  EXPECT_EQ(lower_of(plan, lower), nullptr);
  EXPECT_EQ(depth(plan, upper), 2U);
  EXPECT_EQ(headers_at_anchor(plan, lower), 2U);
  EXPECT_EQ(headers_at_anchor(plan, upper), 3U);
  EXPECT_EQ(bottom_machine(plan, upper, NodeId{2}), std::pair(std::string("lab"), MachineId{2}));
  EXPECT_EQ(anchor(plan, upper, NodeId{2}), "lab.Z");
  EXPECT_EQ(standing_on(plan, "lab"), (std::vector<const InternetPlan*>{&upper, &lower}));
  EXPECT_EQ(standing_on(plan, "upper"), std::vector<const InternetPlan*>());
}

TEST(Stack, TheOrderOfTheFileDoesNotMatter) {
  graph::Graph turned = stacked();
  std::swap(turned.internets[0], turned.internets[1]);
  EXPECT_EQ(planned(turned), planned(stacked()));
}

TEST(Stack, OnWhatOnlyRuns) {
  const Plan both = planned(stacked());
  Inventory inventory;
  inventory.running.bases = both.bases;
  inventory.running.internets = {both.internets[0]};
  EXPECT_EQ(planned(graph_of({}, {upper_net()}), inventory), both);
  inventory.running.internets.push_back(
      planned(graph_of({row()}, {Net("beside").host("x", "X")})).internets[0]);
  const Plan plan = planned(graph_of({}, {upper_net()}), inventory);
  EXPECT_EQ(plan.find_internet("beside"), nullptr) << "the upper one has nothing to do with it";
}

TEST(Stack, Json) {
  Plan plan = planned(graph_of({row()}, {lower_net(), upper_net()}));
  plan.internets[1].flatten = false;
  plan.internets[1].flattened = false;
  plan.internets[1].unflattened_because = "it says so";
  const auto read = from_json(to_json(plan));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, plan);
  std::swap(plan.internets[0], plan.internets[1]);
  const auto turned = from_json(to_json(plan));
  ASSERT_TRUE(turned) << turned.error().message;
  EXPECT_EQ(*turned, plan);
  Plan as_bases = plan;
  as_bases.bases.push_back(as_base(plan.internets[1], &plan));
  as_bases.internets.pop_back();
  const auto base = from_json(to_json(as_bases));
  ASSERT_TRUE(base) << base.error().message;
  EXPECT_EQ(*base, as_bases);
}

TEST(Stack, AsBase) {
  graph::Graph graph = stacked();
  graph.internets[0].links[2].mtu_bytes = 1300;
  graph.internets[0].nodes.push_back(Net("").host("alone", "Y").internet.nodes[0]);
  const Plan plan = planned(graph);
  const BasePlan base = as_base(plan.internets[0], &plan);
  EXPECT_EQ(base.name, "lower");
  ASSERT_EQ(base.machines.size(), 4U);
  EXPECT_EQ(base.machines[0].base_address, plan.internets[0].nodes[0].identity);
  EXPECT_EQ(base.machines[0].mtu_bytes, 1300U) << "the least of its links";
  EXPECT_EQ(base.machines[2].mtu_bytes, 1460U);
  EXPECT_EQ(base.machines[3].mtu_bytes, 1460U) << "no link: its own machine's";
  EXPECT_FALSE(base.machines[0].transit);
  EXPECT_TRUE(base.machines[2].transit);
  EXPECT_EQ(base.links[2].name, "direct");
  EXPECT_EQ(base.links[2].mtu_bytes, 1300U);
  EXPECT_EQ(base.links[2].b.machine, MachineId{1});
}

TEST(Stack, NoWayLeadsThroughAHost) {
  // a -- b -- c, and b is a host: nothing of others goes through it.
  Net lower("lower");
  lower.host("a", "X").host("b", "Y").host("c", "Z").chain({"a", "b", "c"});
  Diagnostics diagnostics;
  Net upper("upper", "lower");
  upper.host("p", "a").host("s", "c").link("p", "s");
  EXPECT_FALSE(make_plan(graph_of({row()}, {lower, upper}), {}, {}, diagnostics));
  EXPECT_EQ(
      all_text(diagnostics),
      "error: link 'p-s' needs a path between nodes 'a' and 'c', and internet 'lower' has none"
      " = ways lead through nodes with `transit` only\n");
}

struct Tower {
  uint32_t depth;
  bool ipv6;
  uint32_t base_mtu_bytes;
  uint32_t top_mtu_bytes;  // 0: refused
  const char* error;
};

TEST(Stack, Depth) {
  const Tower towers[] = {
      {45, false, 1500, 580, ""},
      {69, false, 1500, 100, ""},
      {70, false, 1500, 80, ""},
      {71, false, 1500, 0,
       "link 'a-b' has an mtu of 60; IPv4 needs 68 = 1500 - 20 (base) - 71 * 20 (links of l1 to "
       "l71) = 60"},
      {10, true, 1500, 1280, ""},
      {11, true, 1500, 0,
       "link 'a-b' carries IPv6, which needs an mtu of 1280, and has 1260 = 1500 - 20 (base) - 11 "
       "* "
       "20 (links of l1 to l11) = 1260; write `ipv6 = off` to do without IPv6"},
      {2, true, 1310, 0, "= 1310 - 20 (base) - 20 (link) = 1270; write"},
      {2, true, 1330, 0,
       "= 1330 - 20 (base) - 20 (link of l1) - 20 (link of l2) = 1270; write `ipv6 = off`"},
      {100, false, 9000, 9000 - 101 * 20, ""},
  };
  for (const Tower& tower_of : towers) {
    Diagnostics diagnostics;
    const auto plan = make_plan(tower(tower_of.depth, tower_of.ipv6, tower_of.base_mtu_bytes), {},
                                {}, diagnostics);
    const std::string text = all_text(diagnostics);
    EXPECT_EQ(plan.has_value(), tower_of.top_mtu_bytes != 0) << tower_of.depth << text;
    EXPECT_NE(text.find(tower_of.error), std::string::npos) << tower_of.depth << text;
    if (!plan) continue;
    const InternetPlan& top = plan->internets.back();
    EXPECT_EQ(depth(*plan, top), tower_of.depth);
    EXPECT_EQ(top.links[0].mtu_bytes, tower_of.top_mtu_bytes);
    EXPECT_EQ(faults(*plan), std::vector<std::string>());
  }
}

TEST(Stack, BeyondTheHeadersOfOnePushItIsNotFlattened) {
  EXPECT_EQ(kMostHeaders, VI_MAX_HEADERS);
  const Plan plan = planned(tower(146, false, 9000));
  for (uint32_t i = 1; i < plan.internets.size(); ++i) {
    const InternetPlan& internet = plan.internets[i];
    // 72 headers at l71; l72 begins anew with one, so l143 has 72.
    const bool full = i + 1 == 72 || i + 1 == 144;
    EXPECT_EQ(internet.flattened, !full) << internet.name;
    EXPECT_LE(headers_at_anchor(plan, internet), kMostHeaders);
    if (full) {
      EXPECT_EQ(internet.unflattened_because,
                "73 headers are more than the 72 that are pushed in one go");
      EXPECT_EQ(anchor(plan, internet, NodeId{0}), "l" + std::to_string(i) + ".a");
    }
  }
  EXPECT_EQ(anchor(plan, plan.internets[70], NodeId{1}), "lab.Y");
  EXPECT_EQ(anchor(plan, plan.internets[100], NodeId{1}), "l71.b");
}

TEST(Stack, WhatIsNotFlattenedSaysWhy) {
  struct Case {
    void (*change)(graph::Graph&);
    const char* because;
  };
  const Case cases[] = {
      {[](graph::Graph&) {}, ""},
      {[](graph::Graph& g) { g.internets[1].flatten = false; }, "it says `flatten = no`"},
      {[](graph::Graph& g) { g.internets[0].flatten = false; }, ""},
      {[](graph::Graph& g) { g.internets[1].links[0].rate_bps = 1000; }, ""},
      {[](graph::Graph& g) { g.internets[0].links[1].rate_bps = 1000; },
       "link 'b-c' of 'lower' has a `rate`"},
      {[](graph::Graph& g) { g.internets[0].links[2].loss_ppb = 1; },
       "link 'direct' of 'lower' has a `loss`"},
      {[](graph::Graph& g) { g.internets[0].links[0].delay_us = 1; },
       "link 'a-b' of 'lower' has a `delay`"},
  };
  for (const Case& one : cases) {
    graph::Graph graph = stacked();
    one.change(graph);
    graph.internets.push_back(Net("third", "upper").host("t", "p").internet);
    const Plan plan = planned(graph);
    EXPECT_EQ(plan.internets[1].unflattened_because, one.because);
    const bool flattened = *one.because == '\0';
    EXPECT_EQ(plan.internets[1].flattened, flattened);
    EXPECT_EQ(anchor(plan, plan.internets[1], NodeId{0}), flattened ? "lab.X" : "lower.a");
    EXPECT_EQ(headers_at_anchor(plan, plan.internets[1]), flattened ? 3U : 1U);
    if (graph.internets[1].links[0].rate_bps == 0) {
      EXPECT_TRUE(plan.internets[2].flattened) << "counts from what it stands on";
      EXPECT_EQ(anchor(plan, plan.internets[2], NodeId{0}), flattened ? "lab.X" : "lower.a");
    }
    EXPECT_EQ(faults(plan), std::vector<std::string>());
  }
}

TEST(Stack, AFullBlockIsRefusedWithTheArithmetic) {
  graph::Graph graph = stacked();
  graph.internets[0].reserve = 3;  // a has 8 addresses, 3 of them its own
  Net star("star", "lower");
  star.router("hub", "a");
  for (int i = 0; i < 6; ++i) {
    star.host("h" + std::to_string(i), "b").link("hub", "h" + std::to_string(i));
  }
  star.internet.ipv6 = false;
  graph.internets[1] = star.internet;
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph, {}, {}, diagnostics));
  EXPECT_EQ(all_text(diagnostics),
            "error: no address is left for link 'hub-h5' in block 10.0.0.8/29 of 'lower.a' = 8 "
            "addresses - 3 of the node itself - 5 of links on it = 0; give 'lower' a larger "
            "`reserve`\n"
            "error: no address is left for link 'hub-h5' in block 10.0.0.0/29 of 'lower.b' = 8 "
            "addresses - 3 of the node itself - 5 of links on it = 0; give 'lower' a larger "
            "`reserve`\n");
  graph.internets[0].reserve = 6;
  EXPECT_EQ(faults(planned(graph)), std::vector<std::string>());
}

TEST(Stack, SiblingsShareABlock) {
  graph::Graph graph = stacked();
  graph.internets.push_back(upper_net("other").internet);
  const Plan plan = planned(graph);
  EXPECT_EQ(address(plan.internets[2], "p-q"), "10.0.0.30 10.0.0.13");
  EXPECT_EQ(faults(plan), std::vector<std::string>());
  EXPECT_FALSE(net::overlaps(plan.internets[1].pool, plan.internets[2].pool));
  EXPECT_FALSE(net::overlaps(plan.internets[0].pool, plan.internets[2].pool))
      << "all layers over one base are kept apart";
}

TEST(Stack, PlacesWithoutAt) {
  graph::Graph graph = graph_of({row()}, {lower_net()});
  Net upper("upper", "lower");
  upper.host("p").router("q").host("s").chain({"p", "q", "s"});
  graph.internets.push_back(upper.internet);
  const Plan plan = planned(graph);
  std::set<uint32_t> machines;
  for (const NodePlan& node : plan.internets[1].nodes) machines.insert(node.machine.index);
  EXPECT_EQ(machines, (std::set<uint32_t>{0, 1, 2})) << "one on each";
}

TEST(Stack, ErrorsOfMtusTellTheWholeWay) {
  struct Case {
    void (*change)(graph::Graph&);
    const char* error;
  };
  const Case cases[] = {
      {[](graph::Graph& g) { g.internets[1].links[0].mtu_bytes = 1441; },
       "error: an mtu of 1441 on link 'p-q' is more than its path on 'lower' carries = 1500 - 20 "
       "(base) - 20 (link of lower) - 20 (link of upper) = 1440\n"},
      {[](graph::Graph& g) { g.internets[1].mtu_bytes = 1441; },
       "error: an mtu of 1441 on link 'q-s' is more than its path on 'lower' carries = 1500 - 20 "
       "(base) - 20 (link of lower) - 20 (link of upper) = 1440\n"},
      {[](graph::Graph& g) { g.internets[0].links[1].mtu_bytes = 1290; },
       "error: link 'q-s' carries IPv6, which needs an mtu of 1280, and has 1270 = 1290 (mtu of "
       "link 'b-c' of lower) - 20 (link of upper) = 1270; write `ipv6 = off` to do without IPv6\n"},
      {[](graph::Graph& g) {
         g.internets[1].nodes[2].machine = "b";
         g.internets[0].links[1].mtu_bytes = 1290;
       },
       "error: link 'q-s' carries IPv6, which needs an mtu of 1280, and has 1270 = 1290 (mtu of "
       "link 'b-c' of lower) - 20 (link of upper) = 1270; write `ipv6 = off` to do without IPv6\n"},
      {[](graph::Graph& g) {
         g.internets[0].nodes.push_back(Net("").host("alone", "Y").internet.nodes[0]);
         for (graph::Node& node : g.internets[1].nodes) node.machine = "alone";
         g.bases[0].machines[1].mtu_bytes = 1330;
         for (graph::BaseLink& link : g.bases[0].links) link.mtu_bytes = 1500;
       },
       "error: link 'p-q' carries IPv6, which needs an mtu of 1280, and has 1270 = 1330 - 20 "
       "(base) "
       "- 20 (link of lower) - 20 (link of upper) = 1270; write `ipv6 = off` to do without IPv6\n"},
  };
  for (const Case& one : cases) {
    graph::Graph graph = stacked();
    one.change(graph);
    Diagnostics diagnostics;
    EXPECT_FALSE(make_plan(graph, {}, {}, diagnostics));
    EXPECT_NE(all_text(diagnostics).find(one.error), std::string::npos) << all_text(diagnostics);
  }
}

// ---- what the checks find ----

struct Fault {
  const char* name;
  void (*damage)(InternetPlan& lower, InternetPlan& upper);
  const char* model;  // what check_model says
  const char* sitn;   // what check_sitn says; "": it is not its matter
};

TEST(Stack, ChecksFindWhatIsWrong) {
  const Fault cases[] = {
      {"outside_of_the_block",
       [](InternetPlan&, InternetPlan& upper) { upper.links[0].a.link_address = {0x0a000050}; },
       "upper.p-q: link address 10.0.0.80 is not of block 10.0.0.16/28 of lower.a",
       "link address 10.0.0.80 of link 'upper.p-q' outside of block 10.0.0.16/28 of node "
       "'lower.a'"},
      {"an_end_address",
       [](InternetPlan& lower, InternetPlan& upper) {
         upper.links[0].a.link_address = lower.nodes[0].interfaces[0].address;
       },
       "upper.p-q: link address 10.0.0.17 is also an end address of lower.a",
       "link address 10.0.0.17 of link 'upper.p-q' and an end address of node 'lower.a'"},
      {"twice",
       [](InternetPlan&, InternetPlan& upper) {
         upper.links[1].a.link_address = upper.links[0].b.link_address;
       },
       "upper.q-s: link address 10.0.0.15 is also that of link upper.p-q on node lower.b",
       "link address 10.0.0.15 of link 'upper.p-q' and of link 'upper.q-s' on one machine of "
       "'lower'"},
      {"the_identity",
       [](InternetPlan& lower, InternetPlan& upper) {
         upper.links[0].a.link_address = lower.nodes[0].identity;
       },
       "upper.p-q: link address 10.0.0.16 is also that of node lower.a on node lower.a",
       "an end address of node 'lower.a'"},
      {"no_route_there", [](InternetPlan& lower, InternetPlan&) { lower.nodes[0].routes.clear(); },
       "upper.p-q: lower has no path between its ends", ""},
      {"too_large", [](InternetPlan&, InternetPlan& upper) { upper.links[1].mtu_bytes = 1441; },
       "upper.q-s: mtu 1441, but its path on lower carries 1460 - 20 = 1440", ""},
      {"lower_shrank", [](InternetPlan& lower, InternetPlan&) { lower.links[0].mtu_bytes = 1400; },
       "upper.p-q: mtu 1440, but its path on lower carries 1400 - 20 = 1380", ""},
      {"overhead", [](InternetPlan&, InternetPlan& upper) { upper.links[1].overhead_bytes = 40; },
       "upper.q-s: overhead 40: the link header has 20 bytes", ""},
      {"flattened_over_a_bucket",
       [](InternetPlan& lower, InternetPlan&) { lower.links[0].rate_bps = 1; },
       "upper: is flattened, and must not be: link 'a-b' of 'lower' has a `rate`", ""},
      {"not_flattened",
       [](InternetPlan&, InternetPlan& upper) {
         upper.flattened = false;
         upper.unflattened_because = "x";
       },
       "upper: is not flattened, and might be", ""},
      {"another_identity",
       [](InternetPlan&, InternetPlan& upper) { upper.links[0].a.base_address = {1}; },
       "upper.p-q: base address 0.0.0.1 at p is not that of its machine a, 10.0.0.16", ""},
  };
  const Plan right = planned(stacked());
  for (const Fault& one : cases) {
    SCOPED_TRACE(one.name);
    Plan plan = right;
    one.damage(plan.internets[0], plan.internets[1]);
    std::string text;
    for (const std::string& fault : faults(plan)) text += fault + "\n";
    EXPECT_NE(text.find(one.model), std::string::npos) << text;
    const auto clash = check_sitn(plan, {});
    EXPECT_EQ(clash.has_value(), *one.sitn != '\0') << clash->what;
    if (clash) {
      EXPECT_NE(clash->what.find(one.sitn), std::string::npos) << clash->what;
    }
  }
}

TEST(Stack, StrictLooksAtBottomMachines) {
  graph::Graph graph = stacked();
  // upper's p has the identity of a host directly on X; only bottom machines say that they meet.
  graph.internets[1] = Net("upper", "lower").host("p", "a").internet;
  graph.internets[1].nodes[0].addresses = {*net::parse_address("10.77.0.1")};
  Net beside("beside");
  beside.host("x", "X");
  beside.at("x").addresses = {*net::parse_address("10.77.0.1")};
  graph.internets.push_back(beside.internet);
  EXPECT_EQ(planned(graph).internets.size(), 3U) << "namespaces make it safe";
  graph.internets[1].sitn_strict = true;
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph, {}, {}, diagnostics));
  EXPECT_NE(all_text(diagnostics).find("addresses would meet: 10.77.0.1/32 of node"),
            std::string::npos)
      << all_text(diagnostics);
  graph.internets[2].nodes[0].machine = "Y";
  EXPECT_EQ(planned(graph).internets.size(), 3U) << "a stands on X, x on Y";
}

// ---- changes ----

Inventory running(const Plan& plan) {
  Inventory inventory;
  inventory.running = plan;
  return inventory;
}

TEST(StackChange, NothingMovesWithoutNeed) {
  const Plan before = planned(stacked());
  EXPECT_EQ(planned(stacked(), running(before)), before);
  graph::Graph graph = stacked();
  Net more = upper_net();
  more.host("t", "a");
  more.link("t", "q");
  graph.internets[1] = more.internet;
  const Plan after = planned(graph, running(before));
  EXPECT_EQ(address(after.internets[1], "p-q"), address(before.internets[1], "p-q"));
  EXPECT_EQ(address(after.internets[1], "q-s"), address(before.internets[1], "q-s"));
  EXPECT_EQ(address(after.internets[1], "t-q"), "10.0.0.30 10.0.0.13");
  EXPECT_EQ(after.internets[0], before.internets[0]);
}

TEST(StackChange, InterfacesOfLowerKeepAwayFromWhatStandsOnIt) {
  graph::Graph graph = stacked();
  graph.internets[0].reserve = 1;  // a has 4 addresses: identity, two interfaces, one link end
  graph.internets[1] = Net("upper", "lower").host("p", "a").host("s", "c").link("p", "s").internet;
  const Plan before = planned(graph);
  EXPECT_EQ(node_of(before.internets[0], "a").block.length, 30);
  graph.internets[0].links.push_back(Net("").host("a").host("b").link("a", "b").internet.links[0]);
  graph.internets[0].links.back().name = "new";
  graph.internets[0].links.back().b.node.index = 2;
  const Plan after = planned(graph, running(before));
  EXPECT_EQ(faults(after), std::vector<std::string>());
  EXPECT_GT(1U << (32 - node_of(after.internets[0], "a").block.length), 4U)
      << "a larger block, and the upper link moves with it";

  // With room in the block, the interface takes a place of its own and nothing else moves.
  graph.internets[1] = upper_net().internet;
  graph.internets[0].reserve = 11;
  const Plan roomy = planned(stacked());
  const Plan later = planned(graph, running(roomy));
  EXPECT_EQ(faults(later), std::vector<std::string>());
  EXPECT_EQ(later.internets[1], roomy.internets[1]);
}

TEST(StackChange, ABlockIsFilledAroundWhatStandsOnIt) {
  const auto lower_with = [](int interfaces) {
    Net lower("lower");
    lower.router("hub", "X");
    for (int i = 0; i < interfaces; ++i) {
      lower.host("h" + std::to_string(i), "X").link("hub", "h" + std::to_string(i));
    }
    return lower;
  };
  Net upper("upper", "lower");
  upper.host("p", "hub");
  for (int i = 0; i < 3; ++i) {
    upper.host("q" + std::to_string(i), "h0").link("p", "q" + std::to_string(i));
  }
  const Plan first = planned(graph_of({row()}, {lower_with(3), upper}));
  const NodePlan& hub = node_of(first.internets[0], "hub");
  ASSERT_EQ(hub.block.length, 28) << "1 + 3 + 11";
  const uint32_t begin = hub.identity.bits;
  EXPECT_EQ(link_of(first.internets[1], "p-q2").a.link_address.bits, begin + 13);
  // Two links go, and 15 and 14 with them.
  upper.internet.links.erase(upper.internet.links.begin(), upper.internet.links.begin() + 2);
  const Plan second = planned(graph_of({row()}, {lower_with(3), upper}), running(first));
  // 1 + 14 + 1: the block is full to the last address.
  const Plan third = planned(graph_of({row()}, {lower_with(14), upper}), running(second));
  EXPECT_EQ(faults(third), std::vector<std::string>());
  EXPECT_EQ(third.internets[1], second.internets[1]) << "nothing above has moved";
  std::set<uint32_t> slots;
  for (const Interface& interface : node_of(third.internets[0], "hub").interfaces) {
    slots.insert(interface.address.bits - begin);
  }
  EXPECT_EQ(slots, (std::set<uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15}));
  // One more does not fit: the hub gets a larger block, and its link above an address of that.
  const Plan fourth = planned(graph_of({row()}, {lower_with(15), upper}), running(third));
  EXPECT_EQ(faults(fourth), std::vector<std::string>());
  EXPECT_EQ(node_of(fourth.internets[0], "hub").block.length, 27);
}

struct Carried {
  const char* name;
  void (*change)(Net& lower);
  const char* refused;  // "": it is carried along
};

TEST(StackChange, WhatIsNotInTheFileIsCarriedAlongOrTheChangeIsRefused) {
  const Carried cases[] = {
      {"a node more, before the others",
       [](Net& lower) {
         Net longer("lower");
         longer.host("first", "X");
         for (const graph::Node& node : lower.internet.nodes) longer.internet.nodes.push_back(node);
         longer.chain({"a", "b", "c"}).named("direct", "a", "c").link("first", "b");
         lower = longer;
       },
       ""},
      {"a rate", [](Net& lower) { lower.internet.links[0].rate_bps = 1'000'000; }, ""},
      {"a node moves", [](Net& lower) { lower.at("b").machine = "Z"; }, ""},
      {"no node a",
       [](Net& lower) {
         lower = Net("lower");
         lower.host("c", "Z").router("b", "Y").chain({"b", "c"});
       },
       "node 'upper.p' stands on 'lower.a', which is gone"},
      {"a smaller mtu", [](Net& lower) { lower.internet.links[0].mtu_bytes = 1400; },
       "link 'upper.p-q' has an mtu of 1440, and its path on 'lower' carries 1400 - 20 = 1380"},
      {"another pool", [](Net& lower) { lower.internet.pool = net::parse_prefix("10.9.0.0/24"); },
       "link address 10.0.0.31 of 'upper.p-q' is not in block 10.9.0.16/28 of 'lower.a'"},
      {"no path",
       [](Net& lower) {
         lower = Net("lower");
         lower.host("a", "X").host("c", "Z").router("b", "Y").chain({"b", "c"});
       },
       "link 'upper.p-q' has no path on 'lower' any more"},
  };
  const Plan before = planned(
      graph_of({row()}, {lower_net(), upper_net(),
                         Net("third", "upper").host("t", "p").host("u", "q").link("t", "u")}));
  for (const Carried& one : cases) {
    SCOPED_TRACE(one.name);
    Net lower = lower_net();
    one.change(lower);
    Diagnostics diagnostics;
    const auto after = make_plan(graph_of({row()}, {lower}), running(before), {}, diagnostics);
    EXPECT_EQ(after.has_value(), *one.refused == '\0') << all_text(diagnostics);
    EXPECT_NE(all_text(diagnostics).find(one.refused), std::string::npos) << all_text(diagnostics);
    if (!after) {
      EXPECT_NE(all_text(diagnostics).find("`vinet down` them first: 'third', 'upper'"),
                std::string::npos)
          << all_text(diagnostics);
      continue;
    }
    EXPECT_EQ(faults(*after), std::vector<std::string>());
    EXPECT_NE(after->find_internet("third"), nullptr) << "its headers may change";
    const InternetPlan* upper = after->find_internet("upper");
    ASSERT_NE(upper, nullptr);
    EXPECT_EQ(address(*upper, "p-q"), address(before.internets[1], "p-q"));
    const uint32_t machine = node_of(*upper, "p").machine.index;
    EXPECT_EQ(after->find_internet("lower")->nodes[machine].name, "a");
  }
}

TEST(StackChange, WhatOnlyRunsMayStandBetween) {
  // l1 and l3 are in the file, l2 on l1 only runs, and l3 on it is new.
  graph::Graph graph = tower(3, true);
  Plan running_two = planned(tower(2, true));
  graph.internets.erase(graph.internets.begin() + 1);
  std::swap(graph.internets[0], graph.internets[1]);
  const Plan same = planned(graph, running(running_two));
  ASSERT_EQ(same.internets.size(), 3U);
  EXPECT_EQ(same.internets[1], running_two.internets[1]);
  EXPECT_EQ(faults(same), std::vector<std::string>());

  graph.internets[1].links[0].rate_bps = 1'000'000;
  const Plan changed = planned(graph, running(running_two));
  EXPECT_FALSE(changed.internets[1].flattened) << "l2 follows what l1 is now";
  EXPECT_TRUE(changed.internets[2].flattened);
  EXPECT_EQ(anchor(changed, changed.internets[2], NodeId{0}), "l1.a");
  EXPECT_EQ(faults(changed), std::vector<std::string>());
}

TEST(StackChange, PlacesWithoutAtStayWhereTheyAre) {
  graph::Graph graph = stacked();
  for (graph::Node& node : graph.internets[1].nodes) node.machine.clear();
  const Plan before = planned(graph);
  Net longer("lower");
  longer.host("z", "X");
  for (const graph::Node& node : graph.internets[0].nodes) longer.internet.nodes.push_back(node);
  longer.chain({"a", "b", "c"}).named("direct", "a", "c").link("z", "b");
  graph.internets[0] = longer.internet;
  const Plan after = planned(graph, running(before));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(after.internets[1].nodes[i].machine.index,
              before.internets[1].nodes[i].machine.index + 1)
        << "the same node, one place further";
  }
  EXPECT_EQ(address(after.internets[1], "p-q"), address(before.internets[1], "p-q"));
}

TEST(StackChange, UnchangedLowerLeavesTheRestAlone) {
  const Plan before = planned(stacked());
  const Plan after = planned(graph_of({row()}, {lower_net()}), running(before));
  EXPECT_EQ(after.internets.size(), 1U) << "upper is not in the file, and need not be looked at";
}

TEST(StackChange, TheDifferenceIsSeen) {
  const Plan before = planned(stacked());
  graph::Graph graph = stacked();
  graph.internets[1].nodes[1].machine = "a";
  graph.internets[1].flatten = false;
  std::string text;
  for (const ObjectChange& change : compare(before, planned(graph, running(before)))) {
    if (change.kind == ObjectChange::Kind::kRoute) continue;
    text += change.name + ":";
    for (const FactChange& fact : change.facts)
      text += " " + fact.fact + " " + fact.from + " -> " + fact.to + ";";
    text += "\n";
  }
  EXPECT_EQ(
      text,
      "upper: flattened yes -> no (it says `flatten = no`);\n"
      "upper.q: at b -> a;\n"
      "upper.p-q: b q p 10.0.4.1 fd33:e19:ac45::a00:401 10.0.0.15 at 10.0.0.0 -> q p 10.0.4.1 "
      "fd33:e19:ac45::a00:401 10.0.0.30 at 10.0.0.16;\n"
      "upper.q-s: a q s 10.0.4.2 fd33:e19:ac45::a00:402 10.0.0.14 at 10.0.0.0 -> q s 10.0.4.2 "
      "fd33:e19:ac45::a00:402 10.0.0.29 at 10.0.0.16;\n");
}

}  // namespace
}  // namespace vinet::plan::testing
