// What differs between two plans.
#include "plan/plan_diff.h"

#include <gtest/gtest.h>

#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

using Lines = std::vector<std::string>;

/// `moved node fig11.B at Y>Z`; routes left out.
Lines changes(const Plan& from, const Plan& to) {
  Lines lines;
  for (const ObjectChange& change : compare(from, to)) {
    if (change.kind == ObjectChange::Kind::kRoute) continue;
    std::string line = to_string(change.what) + " " + to_string(change.kind) + " " + change.name;
    if (change.what != ObjectChange::What::kAdded && change.what != ObjectChange::What::kRemoved) {
      for (const FactChange& fact : change.facts) {
        if (fact.fact == "a" || fact.fact == "b") continue;
        line += " " + fact.fact + " " + fact.from + ">" + fact.to;
      }
    }
    lines.push_back(line);
  }
  return lines;
}

Plan after(const Plan& running, const Net& net) {
  Inventory inventory;
  inventory.running = running;
  return planned(graph_of({row()}, {net}), inventory);
}

TEST(PlanDiff, OfEqualPlansIsEmpty) {
  const Plan plan = planned(graph_of({row()}, {figure11()}));
  EXPECT_TRUE(compare(plan, plan).empty());
  EXPECT_TRUE(compare(Plan{}, Plan{}).empty());
}

TEST(PlanDiff, NamesWhatIsNewGoneElsewhereAndOtherwise) {
  const Plan before = planned(graph_of({row()}, {figure11()}));
  Net net = Net("fig11")
                .host("A", "X")
                .router("B", "Y")
                .router("D", "Z")
                .router("C", "Z")
                .host("G", "X")
                .chain({"A", "B", "C", "D"})
                .link("G", "B");
  net.internet.links[0].mtu_bytes = 1300;
  net.internet.lease_s = 3600;
  net.at("A").run = "true";
  EXPECT_EQ(changes(before, after(before, net)),
            (Lines{"changed internet fig11 lease >1h", "removed node fig11.F",
                   "removed node fig11.E", "changed node fig11.A run >true",
                   "moved node fig11.D at Y>Z", "added node fig11.G", "removed link fig11.D-E",
                   "removed link fig11.E-F", "changed link fig11.A-B mtu 1460>1300",
                   "changed link fig11.C-D", "added link fig11.G-B"}));
}

TEST(PlanDiff, TellsWhatIsOnlyDescribedOtherwise) {
  Net net = figure11();
  net.at("A").annotations = {{"label", "Basel"}, {"note", "one"}, {"note", "two"}};
  net.at("F").annotations = {{"latitude", "47.5"}};
  const Plan before = planned(graph_of({row()}, {net}));
  net.at("A").annotations = {{"label", "Bern"}, {"note", "one"}};
  net.at("F").annotations = {};
  net.at("F").run = "true";
  net.internet.annotations = {{"note", "drawn by hand"}};
  net.internet.links[0].annotations = {{"bandwidth", "1gbit"}};
  EXPECT_EQ(changes(before, after(before, net)),
            (Lines{"annotated internet fig11 note >drawn by hand",
                   "annotated node fig11.A label Basel>Bern note one; two>one",
                   "changed node fig11.F run >true latitude 47.5>",
                   "annotated link fig11.A-B bandwidth >1gbit"}));
}

TEST(PlanDiff, OfNothingNamesEverything) {
  const Plan plan = planned(graph_of({row()}, {figure11()}));
  size_t routes = 0;
  for (const NodePlan& node : plan.internets[0].nodes) routes += node.routes.size();
  for (const MachinePlan& machine : plan.bases[0].machines) routes += machine.routes.size();
  const size_t objects = 1 + 3 + 2 + 1 + 6 + 5;
  for (const auto& [from, to] : {std::pair(Plan{}, plan), std::pair(plan, Plan{})}) {
    const auto all = compare(from, to);
    EXPECT_EQ(all.size(), objects + routes);
    for (const ObjectChange& change : all) {
      EXPECT_EQ(change.what,
                from == plan ? ObjectChange::What::kRemoved : ObjectChange::What::kAdded);
    }
  }
}

TEST(PlanDiff, TellsRoutesByDestinationAndMetric) {
  Plan before = planned(graph_of({row()}, {figure11()}));
  Plan now = before;
  net::Route& route = now.internets[0].nodes[0].routes.front();
  route.others = {{*net::parse_address("10.0.0.99"), "C"}};
  auto all = compare(before, now);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, ObjectChange::Kind::kRoute);
  EXPECT_NE(all[0].facts.at(0).to.find(" or via 10.0.0.99 dev C"), std::string::npos);
  route.type = net::RouteType::kUnreachable;
  all = compare(before, now);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, ObjectChange::Kind::kRoute);
  EXPECT_EQ(all[0].what, ObjectChange::What::kChanged);
  EXPECT_EQ(all[0].facts.at(0).to, "unreachable");
}

}  // namespace
}  // namespace vinet::plan::testing
