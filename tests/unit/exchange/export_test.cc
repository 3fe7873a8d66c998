// Exports: what they say, and that GraphML comes back as it was.
#include "exchange/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plan/make_plan.h"
#include "unit/exchange/read.h"

namespace vinet::exchange {
namespace {

using testing::HasSubstr;

graph::Graph described(const std::string& body) {
  auto graph = expanded("base lab {\n  machine m[2]\n}\ninternet net on lab " + body);
  return graph.value_or(graph::Graph{});
}

const char kOdd[] =
    "[label = \"<Net> & \\\"co\\\"\", note = [\"Country: CH\", \"b\", \"id: 3\", \"a: \", \"x y: "
    "z\"], "
    "mtu = 1400] {\n"
    "  router Z [label = \"Zürich\\n\\tsüd\", latitude = \"47.37\", longitude = \"-8.5\",\n"
    "            note = [\"label: L\", \"Latitude: 5\", \"vinet_kind: host\", \"type: PoP\"]]\n"
    "  router quiet [transit = no]\n"
    "  host A, B, C [label = \"\"]\n"
    "  host gate [transit = yes, note = \"\"]\n"
    "  Z -- A [bandwidth = 1544kbit, label = \"T1\", note = [\"key: 0\", \"LinkType: OC-3\"]]\n"
    "  second: Z -- A [rate = 10mbit, delay = 20ms, loss = 0.1%, cost = 7, mtu = 1300]\n"
    "  A -- Z\n"
    "  A -- B [ipv6 = off, note = \"LinkSpeedRaw: 5\"]\n"
    "}\n";

TEST(ExportGraphml, ComesBackEqual) {
  const graph::Graph graph = described(kOdd);
  ASSERT_EQ(graph.internets.size(), 1);
  const std::string text = to_graphml(graph);
  const Source source{"x.graphml", text};
  Diagnostics diagnostics;
  auto back = import_graphml(source, {}, diagnostics);
  ASSERT_TRUE(back) << render(source, diagnostics);
  ASSERT_EQ(back->size(), 1);
  graph::Internet& internet = back->front();
  graph::Internet want = graph.internets.front();
  ASSERT_EQ(internet.links.size(), want.links.size());
  EXPECT_EQ(internet.nodes.size(), want.nodes.size());
  const auto without_spans = [](graph::Internet& of) {
    of.span = of.on_span = {};
    for (graph::Node& node : of.nodes) node.span = node.at_span = {};
    for (graph::Link& link : of.links) link.span = {};
  };
  EXPECT_EQ(internet.links[1].name, "second");
  without_spans(internet);
  without_spans(want);
  EXPECT_EQ(internet, want) << text;
}

TEST(GraphOf, AStackIsWhatWasDescribed) {
  const auto described = expanded(
      "base lab {\n  machine X, Y\n  X -- Y\n}\n"
      "internet upper on lower [flatten = no] {\n  host p at a\n  host q at t.leaf\n  p -- q\n}\n"
      "part one() {\n  host leaf at Y\n}\n"
      "internet lower on lab {\n  host a at X\n  part t = one()\n  a -- t.leaf\n}\n");
  ASSERT_TRUE(described);
  Diagnostics diagnostics;
  const auto plan = plan::make_plan(*described, {}, {}, diagnostics);
  ASSERT_TRUE(plan);
  const graph::Graph back = graph_of(*plan);
  EXPECT_EQ(graph::to_string(back),
            "base lab {\n  machine X\n  machine Y\n  X -- Y [mtu = 1500]\n}\n\n"
            "internet lower on lab {\n  host a at X\n  host t.leaf at Y\n  a -- t.leaf\n}\n\n"
            "internet upper on lower [flatten = no] {\n  host p at a\n  host q at t.leaf\n"
            "  p -- q\n}\n");
}

TEST(ExportGraphml, EscapesMarkup) {
  const std::string text = to_graphml(described(kOdd));
  EXPECT_THAT(text, HasSubstr(">&lt;Net&gt; &amp; &quot;co&quot;</data>"));
  EXPECT_THAT(text, HasSubstr("attr.name=\"Country\""));
}

TEST(ExportDot, QuotesAndPlaces) {
  const std::string text = to_dot(described(kOdd));
  EXPECT_THAT(text, HasSubstr("graph \"net\" {\n"));
  EXPECT_THAT(text, HasSubstr("  \"Z\" [label=\"Zürich\\n\tsüd\", shape=ellipse, "
                              "pos=\"-170.0,947.4\"];\n"));
  EXPECT_THAT(text, HasSubstr("  \"A\" [label=\"A\", shape=box];\n"));
  EXPECT_THAT(text, HasSubstr("  \"Z\" -- \"A\" [label=\"1544kbit\"];\n"));
  EXPECT_THAT(text, HasSubstr("  \"Z\" -- \"A\" [label=\"second\\n10mbit\\n20ms\\n0.1%\"];\n"));
}

TEST(ExportDot, SeveralInternetsAreClusters) {
  const auto graph = expanded(
      "base lab { machine m }\ninternet a on lab { host x }\ninternet b on lab { host x }\n");
  EXPECT_EQ(to_dot(*graph),
            "graph internets {\n"
            "  subgraph \"cluster_a\" {\n    label=\"a\";\n    \"a.x\" [label=\"x\", shape=box];\n"
            "  }\n"
            "  subgraph \"cluster_b\" {\n    label=\"b\";\n    \"b.x\" [label=\"x\", shape=box];\n"
            "  }\n}\n");
}

TEST(ExportClab, NodesAndInterfaces) {
  const auto graph = described(
      "{\n  router R\n  host a [label = \"A: \\\"1\\\"\"]\n  R -- a\n  "
      "R -- a [mtu = 1400]\n}\n");
  const auto text = to_clab(graph, "alpine:3");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "name: \"net\"\ntopology:\n  defaults:\n    kind: linux\n    image: \"alpine:3\"\n"
            "  nodes:\n"
            "    \"R\":\n      kind: linux\n      sysctls:\n        net.ipv4.ip_forward: 1\n"
            "        net.ipv6.conf.all.forwarding: 1\n      labels:\n        vinet-kind: router\n"
            "    \"a\":\n      kind: linux\n      labels:\n        vinet-kind: host\n"
            "        vinet-label: \"A: \\\"1\\\"\"\n"
            "  links:\n    - endpoints: [\"R:eth1\", \"a:eth1\"]\n"
            "    - endpoints: [\"R:eth2\", \"a:eth2\"]\n      mtu: 1400\n");
}

TEST(ExportClab, OneInternetOnly) {
  EXPECT_EQ(to_clab({}, "x").error().message, "a containerlab topology is one internet, not 0");
}

TEST(ExportJson, HoldsTheGraph) {
  const auto json = nlohmann::json::parse(to_json(described(kOdd)));
  const auto& net = json.at("internets").at(0);
  EXPECT_EQ(net.at("annotations").at("note").size(), 5);
  EXPECT_EQ(net.at("nodes").at(0).at("annotations").at("latitude"), "47.37");
  EXPECT_EQ(net.at("links").at(1).at("loss_ppb"), 1'000'000);
  EXPECT_EQ(net.at("links").at(1).at("a").at("node"), "Z");
  EXPECT_EQ(net.at("links").at(0).at("mtu_bytes"), nullptr);
  EXPECT_EQ(json.at("bases").at(0).at("machines").size(), 2);
}

}  // namespace
}  // namespace vinet::exchange
