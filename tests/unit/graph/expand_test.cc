// What descriptions mean: text in, flat description out.
#include "graph/expand.h"

#include <gtest/gtest.h>

#include "unit/graph/text_case.h"

namespace vinet::graph {
namespace {

struct Case {
  std::string name;
  std::string body;   // of the internet `net`
  std::string lines;  // of the same internet, expanded
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class ExpandBody : public testing::TestWithParam<Case> {};

TEST_P(ExpandBody, IsFlat) {
  const Expansion expansion = expand_text(in_internet(GetParam().body));
  ASSERT_TRUE(expansion.graph) << expansion.text();
  const std::string text = expansion.text();
  const std::string head = "internet net on lab {\n";
  const size_t begin = text.find(head) + head.size();
  EXPECT_EQ(text.substr(begin, text.size() - begin - 2), GetParam().lines);
}

const Case kBodies[] = {
    {"Nothing", "", ""},
    {"HostsDoNotForwardRoutersDo",
     "host a [transit = no]\nhost b [transit = yes]\nhost c [transit]\n"
     "router d [transit = yes]\nrouter e [transit = no]",
     "  host a\n  host b [transit = yes]\n  host c [transit = yes]\n"
     "  router d\n  router e [transit = no]\n"},
    {"OnePlaceForAll", "host a, b at X", "  host a at X\n  host b at X\n"},
    {"OnePlaceForAnArray", "router r[2] at X", "  router r0 at X\n  router r1 at X\n"},
    {"OnePlaceEach", "host a, b at [X, Y]", "  host a at X\n  host b at Y\n"},
    {"OnePlaceEachOfAnArray", "router r[3] at [m[2], X, m[0]]",
     "  router r0 at m2\n  router r1 at X\n  router r2 at m0\n"},
    {"OnePlaceEachOfEachArray", "host a[2], b[2] at [X, Y]",
     "  host a0 at X\n  host a1 at Y\n  host b0 at X\n  host b1 at Y\n"},
    {"OnePlaceEachThroughArraysAndSingles", "host a, b[2] at [X, Y, m[1]]",
     "  host a at X\n  host b0 at Y\n  host b1 at m1\n"},
    {"AllMachinesOfAnArray", "host a[3] at m[*]\nhost b[4] at [X, m[*]]",
     "  host a0 at m0\n  host a1 at m1\n  host a2 at m2\n"
     "  host b0 at X\n  host b1 at m0\n  host b2 at m1\n  host b3 at m2\n"},
    {"RunOfAnArray", "host a[2] at X [run = \"echo \\\"hi\\\"\"]",
     "  host a0 at X [run = \"echo \\\"hi\\\"\"]\n  host a1 at X [run = \"echo \\\"hi\\\"\"]\n"},
    {"MachineByItsNameInTheWorld", "host a at m2", "  host a at m2\n"},
    {"PlaceIsLookedUpInTheBaseOnly", "host X at Y\nhost Y at X", "  host X at Y\n  host Y at X\n"},
    {"EmptyArray", "host h[0]\nhost a\na -- h[*]\nchain(h)", "  host a\n"},
    {"ChainOfLinks", "a -- b -- c\nhost a, b, c",
     "  host a\n  host b\n  host c\n  a -- b\n  b -- c\n"},
    {"StarOfLinks", "host a, b[2], c\na -- b[*] -- c",
     "  host a\n  host b0\n  host b1\n  host c\n"
     "  a -- b0\n  a -- b1\n  b0 -- c\n  b1 -- c\n"},
    {"AttributesHoldForEachLink", "host a, b[2]\na -- b[*] [cost = 7, mtu = 1300]",
     "  host a\n  host b0\n  host b1\n"
     "  a -- b0 [mtu = 1300, cost = 7]\n  a -- b1 [mtu = 1300, cost = 7]\n"},
    {"AllAttributesOfALink",
     "host a, b\na -- b [mtu = 1400, rate = 1000mbit, delay = 2000us, loss = 0.1%, cost = 3, "
     "ipv6 = on, address = 10.9.0.1 at a, address = [10.9.0.2, fd09::2] at b]\nb -- a [ipv6 = off]",
     "  host a\n  host b\n"
     "  a -- b [mtu = 1400, rate = 1gbit, delay = 2ms, loss = 0.1%, cost = 3, ipv6 = on, "
     "address = 10.9.0.1 at a, address = [10.9.0.2, fd09::2] at b]\n  b -- a [ipv6 = off]\n"},
    {"NamedLinksAreNotCounted", "host a, b\na -- b\nspare: a -- b\na -- b\nb -- a",
     "  host a\n  host b\n  a -- b\n  spare: a -- b\n  a -- b\n  b -- a\n"},
    {"ShapeChain", "host h[3]\nchain(h)",
     "  host h0\n  host h1\n  host h2\n  h0 -- h1\n  h1 -- h2\n"},
    {"ShapeRing", "host h[3]\nring(h) [cost = 2]",
     "  host h0\n  host h1\n  host h2\n  h0 -- h1 [cost = 2]\n  h1 -- h2 [cost = 2]\n"
     "  h2 -- h0 [cost = 2]\n"},
    {"ShapeRingOfTwoIsOneLink", "host h[2]\nring(h)", "  host h0\n  host h1\n  h0 -- h1\n"},
    {"ShapeRingOfOneIsNoLink", "host h[1]\nring(h)\nchain(h)\nmesh(h)", "  host h0\n"},
    {"ShapeStar", "host h[2]\nrouter hub\nstar(hub, h)",
     "  host h0\n  host h1\n  router hub\n  hub -- h0\n  hub -- h1\n"},
    {"ShapeMesh", "host h[3]\nmesh(h)",
     "  host h0\n  host h1\n  host h2\n  h0 -- h1\n  h0 -- h2\n  h1 -- h2\n"},
    {"ShapeOverNamesAndLists", "host a, b, c[2]\nchain(a, [c[1], b], c[0])",
     "  host a\n  host b\n  host c0\n  host c1\n  a -- c1\n  c1 -- b\n  b -- c0\n"},
    {"ShapeOverAllOfAnArray", "host a, c[2]\nchain([a, c[*]])",
     "  host a\n  host c0\n  host c1\n  a -- c0\n  c0 -- c1\n"},
    {"ShapeNamesAreApart", "host ring, chain\nring -- chain",
     "  host ring\n  host chain\n  ring -- chain\n"},
    {"ForOverARange", "host h[4]\nfor i in 0..2 { h[i] -- h[i + 1] }",
     "  host h0\n  host h1\n  host h2\n  host h3\n  h0 -- h1\n  h1 -- h2\n  h2 -- h3\n"},
    {"ForOverAnEmptyRange", "host h[2]\nfor i in 1..0 { h[0] -- h[1] }", "  host h0\n  host h1\n"},
    {"ForOverAnArray", "for x in h { hub -- x }\nhost h[2]\nhost hub",
     "  host h0\n  host h1\n  host hub\n  hub -- h0\n  hub -- h1\n"},
    {"ForOverAListOfNames", "host a, b, h[2]\nfor x in [b, h[*]] { a -- x }",
     "  host a\n  host b\n  host h0\n  host h1\n  a -- b\n  a -- h0\n  a -- h1\n"},
    {"ForOverAListOfIntegers", "host a, h[9]\nfor i in [7, 3] { a -- h[i] }",
     "  host a\n  host h0\n  host h1\n  host h2\n  host h3\n  host h4\n  host h5\n  host h6\n"
     "  host h7\n  host h8\n  a -- h7\n  a -- h3\n"},
    {"ForInFor", "host h[3]\nfor i in 0..2 { for j in i + 1..2 { h[i] -- h[j] } }",
     "  host h0\n  host h1\n  host h2\n  h0 -- h1\n  h0 -- h2\n  h1 -- h2\n"},
    {"NodesCanBeCompared", "host h[2]\nfor x in h { for y in h { if x != y { x -- y } } }",
     "  host h0\n  host h1\n  h0 -- h1\n  h1 -- h0\n"},
    {"IfTakesTheFirstThatHolds",
     "let n = 2\nif n == 1 { host a } else if n == 2 { host b } else { host c }", "  host b\n"},
    {"ElseIsTaken", "if 1 > 2 { host a } else { host c }", "  host c\n"},
    {"NodesOfABranchSeeThoseAround", "host a\nif 1 < 2 { host b\nb -- a }",
     "  host a\n  host b\n  b -- a\n"},
    {"NodesAreInTheOrderOfTheFile", "host a\nif 1 < 2 { host b }\nhost c\nfor i in 0..0 { host d }",
     "  host a\n  host b\n  host c\n  host d\n"},
    {"LetsInAnyOrder", "let a = b * 2\nhost h[a]\nlet b = 1 + 0", "  host h0\n  host h1\n"},
    {"AnInnerLetHides", "let n = 1\nif n == 1 { let n = 2\nhost h[n] }", "  host h0\n  host h1\n"},
    {"LetsOfALoopAreNewEachTurn", "host h[5]\nfor i in 0..1 { let k = i * 2\nh[k] -- h[k + 1] }",
     "  host h0\n  host h1\n  host h2\n  host h3\n  host h4\n  h0 -- h1\n  h2 -- h3\n"},
    {"LetsHoldAnyValue",
     "let fast = 2mbit\nlet far = 3ms\nlet at_b = 10.1.1.1\nhost a, b\n"
     "a -- b [rate = fast, delay = far, address = at_b at b]",
     "  host a\n  host b\n  a -- b [rate = 2mbit, delay = 3ms, address = 10.1.1.1 at b]\n"},
    {"ArithmeticAsInSchool", "host h[1 + 2 * 3 - 8 / 3 - 7 % 4]", "  host h0\n  host h1\n"},
    {"ConditionsCombine", "if not (1 == 2) and (2 != 2 or 3 >= 3) { host a }", "  host a\n"},
    {"AndStopsEarly", "let n = 0\nif n != 0 and 4 / n > 1 { host a } else { host b }",
     "  host b\n"},
    {"IdentitiesOfBothFamilies", "host a [address = [10.1.1.1, fd01::1]]",
     "  host a [address = [10.1.1.1, fd01::1]]\n"},
    {"NamesOfLinksInALoopBlock", "host h[2]\nif 1 == 1 { spare: h[0] -- h[1] }",
     "  host h0\n  host h1\n  spare: h0 -- h1\n"},
};

INSTANTIATE_TEST_SUITE_P(Cases, ExpandBody, testing::ValuesIn(kBodies),
                         [](const auto& c) { return c.param.name; });

/// `A at B` of each node of an internet.
std::string places(const Internet& internet) {
  std::string text;
  for (const Node& node : internet.nodes) text += node.name + " at " + node.machine + "\n";
  return text;
}

TEST(Stacked, PlacesAreNodesOfTheInternetBelow) {
  const std::string upper = R"(internet upper on low [flatten = no] {
  host a at x
  host b[2] at [r[2], r0]
  host c[3] at r[*]
  host d at t.child[1].leaf
  host e[2] at t.child[*].leaf
  host f[4] at [t.child[*].leaf, x, u[0].leaf]
  host g
}
)";
  const std::string lower = R"(base lab {
  machine X
}
part pair(n) {
  host leaf
  if n > 0 {
    part child[2] = pair(n - 1)
  }
}
internet low on lab {
  host x at X
  router r[3]
  part t = pair(1)
  part u[1] = pair(0)
}
)";
  const char* const wanted =
      "a at x\nb0 at r2\nb1 at r0\nc0 at r0\nc1 at r1\nc2 at r2\nd at t.child1.leaf\n"
      "e0 at t.child0.leaf\ne1 at t.child1.leaf\nf0 at t.child0.leaf\nf1 at t.child1.leaf\n"
      "f2 at x\nf3 at u0.leaf\ng at \n";
  const Expansion below_first = expand_text(lower + upper);
  ASSERT_TRUE(below_first.graph) << below_first.text();
  EXPECT_EQ(places(below_first.graph->internets[1]), wanted);
  EXPECT_FALSE(below_first.graph->internets[1].flatten);

  const Expansion above_first = expand_text(upper + lower);
  ASSERT_TRUE(above_first.graph) << above_first.text();
  EXPECT_EQ(above_first.graph->internets[0].name, "upper") << "as in the file";
  EXPECT_EQ(places(above_first.graph->internets[0]), wanted);
  EXPECT_EQ(expand_text(above_first.text()).text(), above_first.text());

  ExpandOptions options;
  for (const Node& node : below_first.graph->internets[0].nodes) {
    options.running_internets["low"].push_back(node.name);
  }
  const Expansion runs = expand_text(upper, options);
  ASSERT_TRUE(runs.graph) << runs.text();
  EXPECT_EQ(places(runs.graph->internets[0]), wanted);
}

TEST(Expand, LinksAreNamedAfterTheirEnds) {
  const Expansion expansion =
      expand_text(in_internet("host a, b, r[2]\na -- b\nb -- a\nspare: a -- b\na -- b\nr[1] -- a"));
  ASSERT_TRUE(expansion.graph) << expansion.text();
  std::vector<std::string> names;
  for (const Link& link : expansion.graph->internets[0].links) names.push_back(link.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a-b", "b-a:2", "spare", "a-b:3", "r1-a"}));
}

TEST(Expand, AnInternetKeepsItsAttributes) {
  const Expansion expansion =
      expand_text(in_internet("host a",
                              "[pool = 10.4.0.0/16, pool6 = fd04::/48, reserve = 3, mtu = "
                              "1300, sitn = strict, routing = static]"));
  ASSERT_TRUE(expansion.graph) << expansion.text();
  const Internet& internet = expansion.graph->internets[0];
  EXPECT_EQ(internet.on, "lab");
  EXPECT_EQ(internet.pool, net::parse_prefix("10.4.0.0/16"));
  EXPECT_EQ(internet.pool6, net::parse_prefix("fd04::/48"));
  EXPECT_EQ(internet.reserve, 3U);
  EXPECT_EQ(internet.mtu_bytes, 1300U);
  EXPECT_TRUE(internet.sitn_strict);
  EXPECT_TRUE(internet.ipv6);
}

TEST(Expand, ABaseKeepsMtuRateAndCost) {
  const Expansion expansion = expand_text(
      "base lab {\n  machine X, Y [mtu = 9000]\n  machine Z\n"
      "  X -- Y [mtu = 8000, rate = 1gbit, cost = 5]\n  wan: Y -- Z\n}\n");
  EXPECT_EQ(expansion.text(),
            "base lab {\n  machine X [mtu = 9000]\n  machine Y [mtu = 9000]\n  machine Z\n"
            "  X -- Y [mtu = 8000, rate = 1gbit, cost = 5]\n  wan: Y -- Z\n}\n");
}

TEST(Expand, PlacesPointIntoTheText) {
  const std::string text = in_internet("host a at [X]\na -- b [cost = 2]\nhost b");
  const Expansion expansion = expand_text(text);
  ASSERT_TRUE(expansion.graph) << expansion.text();
  const auto at = [&](Span span) { return text.substr(span.begin, span.end - span.begin); };
  const Internet& internet = expansion.graph->internets[0];
  EXPECT_EQ(at(internet.span), "net");
  EXPECT_EQ(at(internet.on_span), "lab");
  EXPECT_EQ(at(internet.nodes[0].span), "a");
  EXPECT_EQ(at(internet.nodes[0].at_span), "[X]");
  EXPECT_EQ(at(internet.links[0].span), "a -- b");
  EXPECT_EQ(at(expansion.graph->bases[0].machines[4].span), "m[3]");
}

TEST(Expand, BasesMayStandBehindTheirInternets) {
  const Expansion expansion =
      expand_text("internet net on lab {\n  host a at X\n}\nbase lab {\n  machine X\n}\n");
  ASSERT_TRUE(expansion.graph) << expansion.text();
  EXPECT_EQ(expansion.graph->internets[0].nodes[0].machine, "X");
}

TEST(Expand, ARunningBaseIsKnownByItsMachines) {
  ExpandOptions options;
  options.running_bases = {{"lab", {{"X", 1500, {}}, {"m0", 1500, {}}, {"m1", 1500, {}}}, {}, {}}};
  const Expansion good =
      expand_text("internet net on lab {\n  host a at X\n  host b at m[1]\n}\n", options);
  ASSERT_TRUE(good.graph) << good.text();
  EXPECT_TRUE(good.graph->bases.empty());
  EXPECT_EQ(good.graph->internets[0].nodes[1].machine, "m1");
  const Expansion bad = expand_text("internet net on lab {\n  host a at m[2]\n}\n", options);
  EXPECT_EQ(bad.errors(),
            std::vector<std::string>{"2:13: there is no 'm[2]' = the last one is m[1]"});
}

TEST(Expand, TheFileBeatsARunningBaseOfThatName) {
  ExpandOptions options;
  options.running_bases = {{"lab", {{"old", 1500, {}}}, {}, {}}};
  const Expansion expansion = expand_text(in_internet("host a at old"), options);
  EXPECT_EQ(expansion.errors().size(), 1U);
}

TEST(Expand, ValuesFromOutsideReplaceLets) {
  ExpandOptions options;
  options.values = {{"n", 3}};
  const std::string text = "let n = 1\nlet twice = n * 2\n" + in_internet("host h[twice]");
  const Expansion expansion = expand_text(text, options);
  ASSERT_TRUE(expansion.graph) << expansion.text();
  EXPECT_EQ(expansion.graph->internets[0].nodes.size(), 6U);
}

TEST(Expand, ValuesFromOutsideNeedALetAtTheTop) {
  ExpandOptions options;
  options.values = {{"dpth", 3}};
  const Expansion expansion = expand_text("let depth = 1\n", options);
  EXPECT_EQ(expansion.errors(),
            std::vector<std::string>{"1:1: `--set dpth`: no `let dpth` at the top of the file = "
                                     "did you mean 'depth'?"});
}

}  // namespace
}  // namespace vinet::graph
