// What is tapped, and which interfaces a file has.
#include "capture/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/plan/builder.h"

namespace vinet::capture {
namespace {

using plan::testing::index_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

/// Figure 11 on X -- Y -- Z, and a link within Y in `near`.
const plan::Plan& planned() {
  static const plan::Plan kPlan = plan::testing::planned(plan::testing::graph_of(
      {plan::testing::row()},
      {plan::testing::figure11(),
       plan::testing::Net("near").host("A", "Y").host("B", "Y").host("C", "Z").link("A", "B").link(
           "B", "C")}));
  return kPlan;
}
const plan::BasePlan& lab() {
  return planned().bases[0];
}
const plan::InternetPlan& net(const std::string& name) {
  return *planned().find_internet(name);
}
uint32_t link(const std::string& in, const std::string& name) {
  return index_of(net(in).links, name);
}
Layout laid_out(const Wish& wish) {
  return make_layout(wish, {&net("fig11"), &net("near")});
}

std::vector<std::string> names(const Layout& layout) {
  std::vector<std::string> names;
  for (const Interface& interface : layout.interfaces) names.push_back(interface.name);
  return names;
}
/// `lab.X:Y` and how many links' packets are picked there, `+` with all others.
std::vector<std::string> taps(const Layout& layout) {
  std::vector<std::string> texts;
  for (const Tap& tap : layout.taps) {
    texts.push_back(tap.netns + ":" + tap.device + " " + std::to_string(tap.claims.size()) +
                    (tap.rest ? "+" : ""));
  }
  return texts;
}

TEST(Layout, ALinkIsSeenAtItsEndsAndOnTheWire) {
  Wish wish;
  wish.add_link(lab(), net("fig11"), link("fig11", "A-B"));
  const Layout layout = laid_out(wish);
  EXPECT_THAT(names(layout), ElementsAre("fig11.A-B at A", "fig11.A-B at B", "fig11.A-B on lab.X:Y",
                                         "fig11.A-B on lab.Y:X"));
  EXPECT_THAT(taps(layout), ElementsAre("fig11.A:B 0+", "fig11.B:A 0+", "lab.X:Y 1", "lab.Y:X 1"));
  EXPECT_EQ(layout.taps[0].layer, 1U);
  EXPECT_EQ(layout.taps[2].layer, 0U);
  const plan::LinkPlan& plan = net("fig11").links[link("fig11", "A-B")];
  EXPECT_EQ(layout.taps[2].claims[0].key, (Headers{{plan.a.base_address, plan.b.base_address},
                                                   {plan.a.link_address, plan.b.link_address}}));
  EXPECT_EQ(layout.taps[2].claims[0].interface, 2U);
  EXPECT_EQ(layout.interfaces[0].description, "end layer");
  EXPECT_EQ(layout.interfaces[2].description, "base layer");
  EXPECT_EQ(layout.interfaces[2].filter,
            "ip proto 4 and ((ip[12:4] = 0xc0a80001 and ip[16:4] = 0xc0a80002 and ip[32:4] = "
            "0xac100000 and ip[36:4] = 0xac100001) or (ip[12:4] = 0xc0a80002 and ip[16:4] = "
            "0xc0a80001 and ip[32:4] = 0xac100001 and ip[36:4] = 0xac100000))");
}

TEST(Layout, ALinkWithinOneMachineIsOnNoWire) {
  Wish wish;
  wish.add_link(lab(), net("near"), link("near", "A-B"));
  const Layout layout = laid_out(wish);
  EXPECT_THAT(names(layout), ElementsAre("near.A-B at A", "near.A-B at B"));
  EXPECT_THAT(layout.interfaces[0].comment, HasSubstr("nothing of this link goes over a wire"));
}

TEST(Layout, ANodeIsItsEndsOfItsLinksAndTheirWires) {
  Wish wish;
  wish.add_node(lab(), net("near"), index_of(net("near").nodes, "B"));
  EXPECT_THAT(names(laid_out(wish)), ElementsAre("near.A-B at B", "near.B-C at B",
                                                 "near.B-C on lab.Y:Z", "near.B-C on lab.Z:Y"));
  // The link too: its other end comes in addition, and nothing twice.
  wish.add_link(lab(), net("near"), link("near", "A-B"));
  EXPECT_THAT(names(laid_out(wish)), ElementsAre("near.A-B at A", "near.A-B at B", "near.B-C at B",
                                                 "near.B-C on lab.Y:Z", "near.B-C on lab.Z:Y"));
}

TEST(Layout, AMachineIsItsBaseInterfaces) {
  Wish wish;
  wish.add_machine(lab(), 1);
  const Layout layout = laid_out(wish);
  EXPECT_THAT(names(layout), ElementsAre("lab.Y:X", "lab.Y:Z"));
  EXPECT_THAT(layout.interfaces[0].comment, HasSubstr("everything on base interface X of lab.Y"));
  EXPECT_THAT(layout.interfaces[0].comment, HasSubstr("fig11.A-B"));
  EXPECT_THAT(layout.interfaces[0].comment, HasSubstr("near.A-B"));
  EXPECT_THAT(layout.interfaces[0].comment, Not(HasSubstr("that no other interface has")));
}

TEST(Layout, OneTapOnADeviceHoweverManyAskForIt) {
  Wish wish;
  wish.add_machine(lab(), 2);
  wish.add_base_link(lab(), 1);
  wish.add_link(lab(), net("fig11"), link("fig11", "B-C"));
  wish.add_link(lab(), net("fig11"), link("fig11", "C-D"));
  const Layout layout = laid_out(wish);
  EXPECT_THAT(taps(layout), ElementsAre("fig11.B:C 0+", "fig11.C:B 0+", "lab.Y:Z 2+", "lab.Z:Y 2+",
                                        "fig11.C:D 0+", "fig11.D:C 0+"));
  EXPECT_THAT(layout.interfaces.back().comment, HasSubstr("that no other interface has"));
  EXPECT_EQ(layout.subject, "base lab, internet fig11 on lab");
}

TEST(Layout, AddressesOfAllLayersHaveNames) {
  Wish wish;
  wish.add_link(lab(), net("fig11"), link("fig11", "A-B"));
  const Layout layout = laid_out(wish);
  const plan::LinkPlan& plan = net("fig11").links[link("fig11", "A-B")];
  const plan::NodePlan& node = plan::testing::node_of(net("fig11"), "A");
  EXPECT_THAT(layout.names, IsSupersetOf({NameRecord{node.identity, "fig11.A"},
                                          NameRecord{*node.identity6, "fig11.A"},
                                          NameRecord{node.interfaces[0].address, "fig11.A"},
                                          NameRecord{plan.a.link_address, "fig11.A-B@A"},
                                          NameRecord{plan.b.base_address, "lab.Y"},
                                          NameRecord{lab().links[0].a.address, "lab.X"}}));
  for (const NameRecord& record : layout.names) EXPECT_THAT(record.name, Not(HasSubstr("near")));
}

TEST(Layout, AnAddressThatTwoHaveGetsBothNames) {
  plan::InternetPlan one = net("fig11"), two = net("near");
  two.nodes[0].identity = one.nodes[0].identity;
  Wish wish;
  wish.add_link(lab(), one, 0);
  wish.add_link(lab(), two, 0);
  EXPECT_THAT(make_layout(wish, {}).names,
              ::testing::Contains(NameRecord{one.nodes[0].identity, "fig11.A/near.A"}));
}

TEST(Layout, NothingWishedIsNothing) {
  EXPECT_THAT(laid_out({}).taps, IsEmpty());
  EXPECT_THAT(laid_out({}).names, IsEmpty());
}

/// upper on lower on X -- Y -- Z, and third on upper: p and s with a router in transit between
/// them.
const plan::Plan& stacked() {
  static const plan::Plan kPlan = [] {
    plan::testing::Net upper("upper", "lower"), third("third", "upper");
    upper.host("p", "a").router("q", "b").host("s", "c").chain({"p", "q", "s"});
    third.host("u", "p").host("v", "s").link("u", "v");
    plan::testing::Net flat("flat", "lower"), hop("hop", "lower");
    flat.host("p", "a").host("s", "c").link("p", "s");
    hop.internet.flatten = false;
    hop.host("p", "a").host("s", "c").link("p", "s");
    return plan::testing::planned(plan::testing::graph_of(
        {plan::testing::row()},
        {plan::testing::Net("lower").host("a", "X").router("b", "Y").host("c", "Z").chain(
             {"a", "b", "c"}),
         upper, third, flat, hop}));
  }();
  return kPlan;
}
Layout stacked_layout(const std::string& internet, const std::string& name) {
  const plan::InternetPlan& plan = *stacked().find_internet(internet);
  Wish wish;
  wish.add_link(stacked().bases[0], plan, index_of(plan.links, name));
  std::vector<const plan::InternetPlan*> all;
  for (const plan::InternetPlan& one : stacked().internets) all.push_back(&one);
  return make_layout(wish, all);
}
size_t headers_over(const Layout& layout, const std::string& netns) {
  for (const Tap& tap : layout.taps) {
    if (tap.netns == netns) return tap.claims.at(0).under.size();
  }
  ADD_FAILURE() << "no tap in " << netns;
  return 0;
}

TEST(Layout, AFlattenedLinkPassesRoutersInTransitAndAllOfTheBase) {
  const Layout layout = stacked_layout("flat", "p-s");
  EXPECT_THAT(names(layout),
              ElementsAre("flat.p-s at p", "flat.p-s at s", "flat.p-s on lower.b:a",
                          "flat.p-s on lower.b:c", "flat.p-s on lab.X:Y", "flat.p-s on lab.Y:X",
                          "flat.p-s on lab.Y:Z", "flat.p-s on lab.Z:Y"));
  EXPECT_EQ(headers_over(layout, "lower.b"), 0U);
  EXPECT_EQ(headers_over(layout, "lab.X"), 2U);
  EXPECT_EQ(layout.taps[0].layer, 2U);
  EXPECT_EQ(layout.taps[2].layer, 1U);
  EXPECT_EQ(layout.interfaces[2].description, "layer of lower");
  const plan::LinkPlan& link = stacked().find_internet("flat")->links[0];
  EXPECT_EQ(layout.taps[4].claims[0].key, (Headers{{link.a.link_address, link.b.link_address}}));
  EXPECT_THAT(layout.interfaces[4].filter, ::testing::StartsWith("ip proto 4 and ((ip[52:4] = "));
  EXPECT_THAT(layout.interfaces[2].filter,
              ::testing::StartsWith("(ip proto 4 or ip proto 41) and ((ip[12:4] = "));
}

TEST(Layout, NotFlattenedItPassesTheLowerHostsToo) {
  EXPECT_THAT(names(stacked_layout("hop", "p-s")),
              ::testing::IsSupersetOf({"hop.p-s on lower.a:b", "hop.p-s on lower.b:a",
                                       "hop.p-s on lower.b:c", "hop.p-s on lower.c:b"}));
}

TEST(Layout, DeeperLinksHaveAHeaderOfEachLayerOverTheirs) {
  const Layout layout = stacked_layout("third", "u-v");
  EXPECT_THAT(names(layout),
              ElementsAre("third.u-v at u", "third.u-v at v", "third.u-v on upper.q:p",
                          "third.u-v on upper.q:s", "third.u-v on lab.X:Y", "third.u-v on lab.Y:X",
                          "third.u-v on lab.Y:Z", "third.u-v on lab.Z:Y"));
  EXPECT_EQ(headers_over(layout, "upper.q"), 0U);
  EXPECT_EQ(headers_over(layout, "lab.X"), 3U);
  EXPECT_EQ(layout.taps[0].layer, 3U);
  EXPECT_EQ(layout.subject, "internet third on upper");
  // Names of all layers are in the file.
  std::string all;
  for (const NameRecord& record : layout.names) all += record.name + " ";
  for (const char* name : {"third.u-v@u", "upper.p-q@p", "lower.a-b@a", "lab.X"}) {
    EXPECT_THAT(all, HasSubstr(name));
  }
}

TEST(Layout, AMachineSaysWhichLinksOfAllLayersEndThere) {
  Wish wish;
  wish.add_machine(stacked().bases[0], 0);
  std::vector<const plan::InternetPlan*> all;
  for (const plan::InternetPlan& one : stacked().internets) all.push_back(&one);
  const Layout layout = make_layout(wish, all);
  EXPECT_THAT(layout.interfaces[0].comment, HasSubstr("lower.a-b"));
  EXPECT_THAT(layout.interfaces[0].comment, HasSubstr("third.u-v"));
  EXPECT_THAT(layout.interfaces[0].comment, Not(HasSubstr("upper.q-s")));
}

/// `X:Y`, each interface that packets can pass.
std::vector<std::string> ways(const plan::BasePlan& base, const std::string& from,
                              const std::string& to) {
  std::vector<std::string> texts;
  for (const BaseEnd& end :
       ways_between(base, {index_of(base.machines, from)}, {index_of(base.machines, to)})) {
    const plan::BaseLinkEnd& at = end_of(base, end);
    texts.push_back(base.machines[at.machine.index].name + ":" + at.device);
  }
  return texts;
}

TEST(WaysBetween, TransitMachinesAreOnTheWay) {
  EXPECT_THAT(ways(lab(), "X", "Z"), ElementsAre("X:Y", "Y:X", "Y:Z", "Z:Y"));
  EXPECT_THAT(ways(lab(), "X", "Y"), ElementsAre("X:Y", "Y:X"));
}

TEST(WaysBetween, SpareRoutesAndPathsOfEqualCostCount) {
  const plan::Plan ring =
      plan::testing::planned(plan::testing::graph_of({plan::testing::Lab("lab")
                                                          .machines({"X", "Y", "Z", "W"})
                                                          .chain({"X", "Y", "Z", "W"})
                                                          .link("W", "X")},
                                                     {}));
  EXPECT_THAT(
      ways(ring.bases[0], "X", "Z"),
      ::testing::UnorderedElementsAre("X:Y", "Y:X", "Y:Z", "Z:Y", "X:W", "W:X", "W:Z", "Z:W"));
}

}  // namespace
}  // namespace vinet::capture
