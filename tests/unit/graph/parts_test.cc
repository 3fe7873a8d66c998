// Parts: descriptions inside descriptions, joined through ports.
#include <gtest/gtest.h>

#include "unit/graph/bad_case.h"

namespace vinet::graph {
namespace {

constexpr char kTree[] = R"(part tree(depth, fanout = 2) {
  router top
  port up = top
  if depth > 0 {
    part child[fanout] = tree(depth - 1, fanout)
    top -- child[*].up
  } else {
    host leaf
    top -- leaf
  }
}
)";

std::string with_parts(const std::string& parts, const std::string& body) {
  return in_internet(body) + parts;
}

std::vector<std::string> nodes_of(const Expansion& expansion) {
  std::vector<std::string> names;
  if (!expansion.graph) return {expansion.text()};
  for (const Node& node : expansion.graph->internets[0].nodes) names.push_back(node.name);
  return names;
}

std::vector<std::string> links_of(const Expansion& expansion) {
  std::vector<std::string> names;
  if (!expansion.graph) return {expansion.text()};
  for (const Link& link : expansion.graph->internets[0].links) names.push_back(link.name);
  return names;
}

struct PartCase {
  std::string name;
  std::string parts;
  std::string body;  // of the internet `net`
  std::vector<std::string> nodes;
  std::vector<std::string> links;
};

void PrintTo(const PartCase& c, std::ostream* out) {
  *out << c.name;
}

class Parts : public testing::TestWithParam<PartCase> {};

TEST_P(Parts, AreExpanded) {
  const PartCase& c = GetParam();
  for (const std::string& text : {in_internet(c.body) + c.parts, c.parts + in_internet(c.body)}) {
    const Expansion expansion = expand_text(text);
    EXPECT_EQ(nodes_of(expansion), c.nodes);
    EXPECT_EQ(links_of(expansion), c.links);
  }
}

const PartCase kParts[] = {
    {"Tree",
     kTree,
     "part t = tree(1)\nhost admin\nadmin -- t.up",
     {"t.top", "t.child0.top", "t.child0.leaf", "t.child1.top", "t.child1.leaf", "admin"},
     {"t.child0.top-leaf", "t.child1.top-leaf", "t.top-child0.top", "t.top-child1.top",
      "admin-t.top"}},
    {"UsedTwice",
     "part p() {\n  host a, b\n  a -- b\n}\n",
     "part x = p()\npart y = p()\nx.a -- y.b",
     {"x.a", "x.b", "y.a", "y.b"},
     {"x.a-b", "y.a-b", "x.a-y.b"}},
    {"ArraysOfPartsAndNodes",
     "part p(n) {\n  host h[n]\n  port near = h[0]\n}\n",
     "part x[2] = p(2)\nx[0].h[1] -- x[1].near",
     {"x0.h0", "x0.h1", "x1.h0", "x1.h1"},
     {"x0.h1-x1.h0"}},
    {"AllOfAllParts",
     "part p() {\n  host h[2]\n}\n",
     "part x[2] = p()\nhost hub\nhub -- x[*].h[*]",
     {"x0.h0", "x0.h1", "x1.h0", "x1.h1", "hub"},
     {"hub-x0.h0", "hub-x0.h1", "hub-x1.h0", "hub-x1.h1"}},
    {"PortsOfInnerParts",
     "part outer() {\n  part i = inner()\n  port up = i.up\n}\n"
     "part inner() {\n  host a\n  port up = a\n}\n",
     "part o = outer()\nhost b\nb -- o.up\nb -- o.i.a",
     {"o.i.a", "b"},
     {"b-o.i.a", "b-o.i.a:2"}},
    {"APortForManyTakesMany",
     "part p() {\n  router r\n  port entry[] = r\n}\n",
     "part x = p()\nhost h[3]\nstar(x.entry, h)",
     {"x.r", "h0", "h1", "h2"},
     {"x.r-h0", "x.r-h1", "x.r-h2"}},
    {"APortNeedNotBeBound",
     "part p() {\n  router r\n  port entry = r\n}\n",
     "part x = p()",
     {"x.r"},
     {}},
    {"ALoopOverParts",
     "part p() {\n  router r\n  port entry = r\n}\n",
     "host a\nfor x in q { a -- x.entry }\npart q[2] = p()",
     {"a", "q0.r", "q1.r"},
     {"a-q0.r", "a-q1.r"}},
    {"ArgumentsByName",
     "part p(a, b = a + 1, c = 1) {\n  host h[b]\n  router r[c]\n}\n",
     "part x = p(c = 2, a = 0)\npart y = p(7, b = 1)\nlet a = 5\npart z = p(a = a - 5, b = 1)",
     {"x.h0", "x.r0", "x.r1", "y.h0", "y.r0", "z.h0", "z.r0"},
     {}},
    {"DefaultsSeeEarlierParameters",
     "part p(a, b = a + 1) {\n  host h[b]\n}\n",
     "part x = p(1)\npart y = p(1, 1)",
     {"x.h0", "x.h1", "y.h0"},
     {}},
    {"APartSeesTheFileNotItsUser",
     "let n = 2\npart p() {\n  host h[n]\n}\n",
     "let n = 1\npart x = p()",
     {"x.h0", "x.h1"},
     {}},
    {"NamesOfPartsAreApart",
     "part p() {\n  host p\n}\n",
     "part p = p()\nhost q\np.p -- q",
     {"p.p", "q"},
     {"p.p-q"}},
    {"NoParts", "part p() {\n  host h\n}\n", "part x[0] = p()\nhost a\na -- x[*].h", {"a"}, {}},
    {"NamedLinksInParts",
     "part p() {\n  host a, b\n  direct: a -- b\n}\n",
     "part x[2] = p()",
     {"x0.a", "x0.b", "x1.a", "x1.b"},
     {"x0.direct", "x1.direct"}},
    {"NamesThatWouldBeEqualAreCounted",
     "part p() {\n  host b\n  part c = q()\n  b -- c.d\n}\npart q() {\n  host d\n}\n",
     "part a = p()\npart c = q()\na.b -- c.d\na.b -- c.d",
     {"a.b", "a.c.d", "c.d"},
     {"a.b-c.d", "a.b-c.d:2", "a.b-c.d:3"}},
    {"NodesUnderQualifiedNames",
     "",
     "router t.top, t.h[2]\nhost u\nt.direct: t.top -- u\nt.top -- t.h[*]\nu -- t.h[1]",
     {"t.top", "t.h0", "t.h1", "u"},
     {"t.direct", "t.top-h0", "t.top-h1", "u-t.h1"}},
    {"AddressesThroughPorts",
     "part p() {\n  host a\n  port entry = a\n}\n",
     "part x = p()\nhost b\nb -- x.entry [address = 10.40.9.1 at x.entry]",
     {"x.a", "b"},
     {"b-x.a"}},
};

INSTANTIATE_TEST_SUITE_P(Cases, Parts, testing::ValuesIn(kParts),
                         [](const auto& c) { return c.param.name; });

TEST(PartsAt, NodesInPartsHavePlaces) {
  const Expansion expansion = expand_text(
      with_parts("part p(i) {\n  host a at m[i % 3]\n}\n", "part x = p(5)\npart y = p(0)"));
  ASSERT_TRUE(expansion.graph) << expansion.text();
  EXPECT_EQ(expansion.graph->internets[0].nodes[0].machine, "m2");
  EXPECT_EQ(expansion.graph->internets[0].nodes[1].machine, "m0");
}

// Differential: the tree as anyone would write it down.
void naive_tree(const std::string& prefix, int depth, int fanout, std::vector<std::string>& nodes,
                std::vector<std::string>& links) {
  nodes.push_back(prefix + "top");
  if (depth == 0) {
    nodes.push_back(prefix + "leaf");
    links.push_back(prefix + "top-leaf");
    return;
  }
  for (int i = 0; i < fanout; ++i) {
    naive_tree(prefix + "child" + std::to_string(i) + ".", depth - 1, fanout, nodes, links);
  }
  for (int i = 0; i < fanout; ++i) {
    links.push_back(prefix + "top-child" + std::to_string(i) + ".top");
  }
}

TEST(PartsTree, IsWhatANaiveExpansionMakes) {
  for (const auto& [depth, fanout] : {std::pair{0, 2}, {3, 1}, {2, 5}, {7, 2}, {4, 3}}) {
    const Expansion expansion = expand_text(with_parts(
        kTree, "part t = tree(" + std::to_string(depth) + ", " + std::to_string(fanout) + ")"));
    std::vector<std::string> nodes, links;
    naive_tree("t.", depth, fanout, nodes, links);
    EXPECT_EQ(nodes_of(expansion), nodes);
    EXPECT_EQ(links_of(expansion), links);
  }
}

TEST(PartsText, WhatIsPrintedCanBeReadBack) {
  for (const PartCase& c : kParts) {
    const Expansion expansion = expand_text(in_internet(c.body) + c.parts);
    const Expansion again = expand_text(expansion.text());
    EXPECT_EQ(again.text(), expansion.text()) << c.name;
    EXPECT_EQ(nodes_of(again), c.nodes) << c.name;
    EXPECT_EQ(links_of(again), c.links) << c.name;
  }
}

TEST(PartsTree, OfDepthFourteenFitsTheDefaults) {
  const Expansion expansion = expand_text(with_parts(kTree, "part t = tree(14)"));
  ASSERT_TRUE(expansion.graph) << expansion.text();
  EXPECT_EQ(expansion.graph->internets[0].nodes.size(), 32767U + 16384U);
  EXPECT_EQ(expansion.graph->internets[0].links.size(), 32766U + 16384U);
}

TEST(PartsDeep, RecursionWithoutEndIsSaidWithItsWay) {
  const Expansion expansion =
      expand_text("part p(n) {\n  host h\n  if n > 0 {\n    part c[2] = p(n + 1)\n  }\n}\n" +
                  in_internet("part t = p(1)"));
  ASSERT_EQ(expansion.diagnostics.error_count(), 1U);
  const auto deep = [](size_t n) {
    std::string name = "t";
    while (n-- > 0) name += ".c0";
    return name;
  };
  EXPECT_EQ(render(expansion.source, expansion.diagnostics),
            "in.vinet:4:10: error: parts in parts more than 64 deep\n"
            "   4 |     part c[2] = p(n + 1)\n"
            "     |          ^~~~\n"
            "     = does this recursion end? `--max-depth` allows more\n"
            "     = in part '" +
                deep(63) +
                "' (in.vinet:4:10)\n"
                "     = in part '" +
                deep(62) +
                "' (in.vinet:4:10)\n"
                "     = in part '" +
                deep(61) +
                "' (in.vinet:4:10)\n"
                "       ... and 60 more\n"
                "     = in part 't' (in.vinet:12:6)\n");
}

TEST(PartsDeep, AsDeepAsAllowedAndNoDeeper) {
  const std::string text = "part p(n) {\n  if n > 1 {\n    part c = p(n - 1)\n  }\n}\n";
  ExpandOptions options;
  EXPECT_TRUE(expand_text(text + in_internet("part t = p(64)")).graph);
  EXPECT_FALSE(expand_text(text + in_internet("part t = p(65)")).graph);
  options.limits.depth = 1'000'000;
  EXPECT_TRUE(expand_text(text + in_internet("part t = p(500)"), options).graph);
  EXPECT_EQ(expand_text(text + in_internet("part t = p(501)"), options).errors(),
            std::vector<std::string>{"3:10: parts in parts more than 500 deep = does this "
                                     "recursion end? more is not possible"});
}

TEST(PartsDeep, BlocksInBlocksHaveAnEndToo) {
  std::string ifs, ends;
  for (int i = 0; i < 150; ++i) ifs += "if 1 < 2 {\n", ends += "}\n";
  const std::string text =
      "part p(n) {\n" + ifs + "if n > 1 {\npart c = p(n - 1)\n}\n" + ends + "}\n";
  EXPECT_TRUE(expand_text(text + in_internet("part t = p(9)")).graph);
  const Expansion expansion = expand_text(text + in_internet("part t = p(10)"));
  ASSERT_EQ(expansion.errors().size(), 1U);
  EXPECT_NE(expansion.errors()[0].find("blocks in blocks, through parts, more than 1500 deep"),
            std::string::npos);
}

}  // namespace
}  // namespace vinet::graph
