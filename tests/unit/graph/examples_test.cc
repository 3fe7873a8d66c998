// The examples of the language: what they describe, or where they ask for what is not built yet.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "unit/graph/text_case.h"

namespace vinet::graph {
namespace {

// The tests run in the root of the repository.
Expansion expand_example(const std::string& name) {
  std::ifstream file("examples/" + name + ".vinet");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << "examples/" << name << ".vinet cannot be read";
  return expand_text(text.str());
}

TEST(Examples, Figure7) {
  EXPECT_EQ(expand_example("figure7").text(), R"(base lab {
  machine X
  machine Y
  machine Z
  X -- Y
  Y -- Z
}

internet line on lab {
  host A at X
  router B at Y
  host D at Z
  A -- B
  B -- D
}
)");
}

TEST(Examples, Figure11VisitsYThreeTimes) {
  EXPECT_EQ(expand_example("figure11").text(), R"(base lab {
  machine X
  machine Y
  machine Z
  X -- Y
  Y -- Z
}

internet fig11 on lab {
  host A at X
  host F at Y
  router B at Y
  router D at Y
  router C at Z
  router E at Z
  A -- B
  B -- C
  C -- D
  D -- E
  E -- F
}
)");
}

TEST(Examples, Figure1IsAStarAndARing) {
  EXPECT_EQ(expand_example("figure1").text(), R"(base lab {
  machine m0
  machine m1
  machine m2
  machine m3
  machine m4
  machine m5
  m0 -- m1
  m1 -- m2
  m2 -- m3
  m3 -- m4
  m4 -- m5
  m5 -- m0
  m1 -- m4
}

internet star on lab {
  router hub at m1
  host leaf0 at m0
  host leaf1 at m2
  host leaf2 at m3
  host leaf3 at m5
  hub -- leaf0
  hub -- leaf1
  hub -- leaf2
  hub -- leaf3
}

internet ring on lab {
  router r0 at m0
  router r1 at m2
  router r2 at m4
  router r3 at m5
  r0 -- r1
  r1 -- r2
  r2 -- r3
  r3 -- r0
}
)");
}

TEST(Examples, AbileneHasElevenRoutersAndFourteenLinks) {
  const Expansion expansion = expand_example("abilene");
  ASSERT_TRUE(expansion.graph) << expansion.text();
  const Internet& abilene = expansion.graph->internets.at(0);
  EXPECT_EQ(expansion.graph->bases.at(0).links.size(), 3U);
  EXPECT_EQ(abilene.nodes.size(), 11U + 2U);
  EXPECT_EQ(abilene.links.size(), 14U + 2U);
  EXPECT_EQ(abilene.nodes[0].name, "NewYork");
  EXPECT_EQ(abilene.nodes[0].machine, "east");
  EXPECT_TRUE(abilene.nodes[0].transit);
  EXPECT_EQ(abilene.links[13].name, "Atlanta-Indianapolis");
  EXPECT_EQ(abilene.nodes[12].name, "berkeley");
  EXPECT_FALSE(abilene.nodes[12].transit);
}

TEST(Examples, TreeIsAsDeepAsItSays) {
  const Expansion expansion = expand_example("tree");
  ASSERT_TRUE(expansion.graph) << expansion.text();
  const Internet& campus = expansion.graph->internets.at(0);
  EXPECT_EQ(campus.nodes.size(), 31U + 16U + 1U);
  EXPECT_EQ(campus.links.size(), 30U + 16U + 1U);
  EXPECT_EQ(campus.nodes[5].name, "t.child0.child0.child0.child0.leaf");
  EXPECT_EQ(campus.links.back().name, "admin-t.top");
}

struct Refused {
  std::string name;
  std::vector<std::string> errors;
};

TEST(Examples, WhatIsNotBuiltYetIsRefusedAtItsPlace) {
  const Refused refused[] = {
      {"as-router",
       {"7:33: `routing = ospf` is not supported yet = `routing = static` is",
        "15:19: an internet as a router (`= core`) is not supported yet"}},
  };
  for (const Refused& example : refused) {
    EXPECT_EQ(expand_example(example.name).errors(), example.errors) << example.name;
  }
}

TEST(Examples, Fleet) {
  EXPECT_EQ(expand_example("fleet").text(), R"(base fleet {
  machine x [daemon = "192.0.2.10:7411"]
  machine y [daemon = "192.0.2.20:7411"]
  machine z [daemon = "z.example.net:7411", address = 192.0.2.30]
}

internet line on fleet {
  host A at x
  router B at y
  host D at z
  A -- B
  B -- D
}
)");
}

TEST(Examples, Stacked) {
  const Expansion expansion = expand_example("stacked");
  EXPECT_EQ(expansion.text(), R"(base lab {
  machine X
  machine Y
  machine Z
  X -- Y
  Y -- Z
}

internet lower on lab {
  host a at X
  host c at Z
  router b at Y
  a -- b
  b -- c
  direct: a -- c
}

internet upper on lower {
  host p at a
  router q at b
  host s at c
  p -- q
  q -- s
}
)");
}

TEST(Examples, Links) {
  const Expansion expansion = expand_example("links");
  EXPECT_EQ(expansion.text(), R"(base lab {
  machine X [mtu = 9000]
  machine Y [mtu = 9000]
  X -- Y [mtu = 9000, rate = 1gbit]
}

internet demo on lab [pool = 10.40.0.0/16, pool6 = fd40::/48, lease = 8h, share = 500mbit] {
  host web at X [address = 10.40.1.80, run = "python3 -m http.server --bind 10.40.1.80 80"]
  router gate at Y
  host user at Y
  web -- gate [rate = 100mbit, loss = 0.1%, cost = 10]
  gate -- user [mtu = 1400, address = 10.40.9.1 at user]
  backup: web -- gate [cost = 100]
}
)");
}

// What is printed can be read back: the flat form describes the same graph, and is its own flat
// form.
TEST(Examples, TheFlatFormIsADescription) {
  for (const char* name : {"figure1", "figure7", "figure11", "abilene", "links"}) {
    const std::string flat = expand_example(name).text();
    const Expansion again = expand_text(flat);
    ASSERT_TRUE(again.graph) << again.text();
    EXPECT_EQ(again.text(), flat) << name;
  }
}

}  // namespace
}  // namespace vinet::graph
