// What the planner refuses, at which place; and what it answers to commands.
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include "plan/query.h"
#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

struct Refusal {
  const char* name;
  void (*change)(graph::Graph&, Inventory&);
  const char* expected;
  Span span;
};

class RefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, SaysWhyAndWhere) {
  graph::Graph graph = graph_of({row()}, {figure11()});
  Inventory inventory;
  GetParam().change(graph, inventory);
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph, inventory, {}, diagnostics));
  ASSERT_FALSE(diagnostics.all().empty());
  EXPECT_EQ(diagnostics.all()[0].span, GetParam().span);
  EXPECT_NE(all_text(diagnostics).find(GetParam().expected), std::string::npos)
      << all_text(diagnostics);
}

constexpr Span kBase{1, 2}, kInternet{30, 31}, kOn{32, 33}, kAt{42, 43}, kLink{50, 51};

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    ::testing::Values(
        Refusal{"unknown_base", [](graph::Graph& g, Inventory&) { g.internets[0].on = "lba"; },
                "unknown base 'lba' = did you mean 'lab'?", kOn},
        Refusal{"unknown_internet",
                [](graph::Graph& g, Inventory&) {
                  g.internets[0].name = "low";
                  g.internets.insert(g.internets.begin(), Net("up", "lwo").host("p").internet);
                },
                "unknown base 'lwo' = did you mean 'low'?", kOn},
        Refusal{"on_itself", [](graph::Graph& g, Inventory&) { g.internets[0].on = "fig11"; },
                "internet 'fig11' stands on itself", kOn},
        Refusal{"on_itself_over_another",
                [](graph::Graph& g, Inventory&) {
                  g.internets[0].on = "up";
                  g.internets.push_back(Net("up", "fig11").host("p").internet);
                },
                "stands on itself", kOn},
        Refusal{"machine_of_the_base_in_a_stack",
                [](graph::Graph& g, Inventory& i) {
                  i.running = planned(graph_of({row()}, {figure11("low")}));
                  g.internets[0].on = "low";
                },
                "unknown node 'X' in internet 'low'", kAt},
        Refusal{"share_above",
                [](graph::Graph& g, Inventory&) {
                  g.internets.push_back(Net("up", "fig11").host("p").internet);
                  g.internets[1].share_bps = 1;
                },
                "a `share` of internet 'up', which stands on internet 'fig11' = only the lowest",
                kInternet},
        Refusal{"base_has_the_name_of_an_internet_that_runs",
                [](graph::Graph& g, Inventory& i) {
                  i.running = planned(graph_of({row()}, {figure11("x")}));
                  g.bases[0].name = "x";
                },
                "the name 'x' is taken: an internet of that name is running", kBase},
        Refusal{"internet_has_the_name_of_a_base_that_runs",
                [](graph::Graph& g, Inventory& i) {
                  i.running.bases.push_back(
                      planned(graph_of({Lab("fig11").machines({"X"})}, {})).bases[0]);
                  (void)g;
                },
                "the name 'fig11' is taken: a base of that name is running", kInternet},
        Refusal{"internet_runs_on_another_base",
                [](graph::Graph& g, Inventory& i) {
                  i.running = planned(g);
                  g.bases[0].name = g.internets[0].on = "lab2";
                },
                "internet 'fig11' is running on base 'lab'; moving it to another is not supported "
                "yet = `vinet "
                "down fig11` first",
                kOn},
        Refusal{
            "delay_without_netem",
            [](graph::Graph& g, Inventory& i) {
              g.internets[0].links[2].delay_us = 1, i.features.netem = false;
            },
            "`delay` needs the kernel's netem queueing discipline, which this kernel does not have",
            kLink},
        Refusal{"rate_without_tbf",
                [](graph::Graph& g, Inventory& i) {
                  g.internets[0].links[2].rate_bps = 1, i.features.tbf = false;
                },
                "`rate` needs the kernel's tbf queueing discipline", kLink},
        Refusal{"link_to_itself",
                [](graph::Graph& g, Inventory&) {
                  g.internets[0].links[0].b = g.internets[0].links[0].a;
                },
                "link 'A-B' joins a node to itself", kLink},
        Refusal{"cost_zero", [](graph::Graph& g, Inventory&) { g.internets[0].links[0].cost = 0; },
                "the cost of a link is at least 1", kLink},
        Refusal{"ipv6_on_in_an_internet_without",
                [](graph::Graph& g, Inventory&) {
                  g.internets[0].ipv6 = false, g.internets[0].links[0].ipv6 = true;
                },
                "`ipv6 = on` in an internet with `ipv6 = off`", kLink},
        Refusal{"base_without_machines",
                [](graph::Graph& g, Inventory&) {
                  g.bases = {Lab("lab").base};
                  g.internets = {Net("n").host("A").internet};
                },
                "base 'lab' has no machine", kOn}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(MakePlan, GivesManyDiagnosticsInOneRun) {
  graph::Graph graph = graph_of({row()}, {figure11("one"), figure11("two")});
  graph.internets[0].nodes[0].machine = "Q";
  graph.internets[0].nodes[1].addresses = {net::Ipv4{0x7f000001}};
  graph.internets[1].nodes[2].machine = "R";
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph, {}, {}, diagnostics));
  EXPECT_EQ(diagnostics.error_count(), 3U) << all_text(diagnostics);
}

/// A base that is wrong is reported once, and not again by each internet on it.
TEST(MakePlan, SaysNothingOfInternetsOnABadBase) {
  Lab lab = row();
  lab.last().cost = 0;
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph_of({lab}, {figure11("one"), figure11("two")}), {}, {}, diagnostics));
  EXPECT_EQ(diagnostics.error_count(), 1U) << all_text(diagnostics);
}

TEST(MakePlan, PlansAnEmptyFileAndAnEmptyInternet) {
  EXPECT_EQ(planned({}), Plan{});
  const Plan plan = planned(graph_of({row()}, {Net("n")}));
  EXPECT_TRUE(plan.internets.at(0).nodes.empty());
}

TEST(MakePlan, CopiesTheAttributesOfLinks) {
  Net net = figure11();
  graph::Link& link = net.last();
  link.rate_bps = 1;
  link.delay_us = 2;
  link.loss_ppb = 3;
  link.cost = 4;
  link.ipv6 = false;
  const LinkPlan planned_link = planned(graph_of({row()}, {net})).internets[0].links.back();
  EXPECT_EQ(planned_link.rate_bps, 1U);
  EXPECT_EQ(planned_link.delay_us, 2U);
  EXPECT_EQ(planned_link.loss_ppb, 3U);
  EXPECT_EQ(planned_link.cost, 4U);
  EXPECT_FALSE(planned_link.ipv6);
}

TEST(MakePlan, LabsMayRepeatEachOthersBaseAddresses) {
  Lab other = Lab("lab2").machines({"P", "Q"}).link("P", "Q");
  const Plan plan =
      planned(graph_of({row(), other}, {figure11(), Net("n", "lab2").host("A", "Q")}));
  EXPECT_EQ(plan.bases[0].machines[0].base_address, plan.bases[1].machines[0].base_address);
  EXPECT_EQ(plan.internets[1].base, "lab2");
}

TEST(Query, FindsByName) {
  const Plan plan = planned(graph_of({row()}, {figure11()}));
  EXPECT_EQ(plan.find_base("lab"), &plan.bases[0]);
  EXPECT_EQ(plan.find_base("fig11"), nullptr);
  EXPECT_EQ(plan.find_internet("fig11"), &plan.internets[0]);
  EXPECT_EQ(plan.find_internet("lab"), nullptr);
  EXPECT_EQ(find_node(plan.internets[0], "B"), NodeId{2});
  EXPECT_FALSE(find_node(plan.internets[0], "Q"));
  EXPECT_EQ(find_machine(plan.bases[0], "Z"), MachineId{2});
  EXPECT_FALSE(find_machine(plan.bases[0], "A"));
}

}  // namespace
}  // namespace vinet::plan::testing
