// Graphs of others as descriptions: the oddities of the Topology Zoo, one by one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lang/formatter.h"
#include "lang/parser.h"
#include "unit/exchange/read.h"

namespace vinet::exchange {
namespace {

using testing::HasSubstr;

struct Case {
  std::string name;
  std::string elements;
  std::vector<std::string> statements;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}
class Import : public testing::TestWithParam<Case> {};

TEST_P(Import, SaysThis) {
  EXPECT_EQ(statements(graphml(GetParam().elements)), GetParam().statements);
}

TEST_P(Import, ExpandsAndIsCanonical) {
  const std::string text = imported(graphml(GetParam().elements));
  ASSERT_TRUE(expanded(text).has_value());
  Diagnostics diagnostics;
  const auto file = lang::parse({"", text}, diagnostics);
  EXPECT_EQ(lang::format(*file), text);
}

const Case kCases[] = {
    {"Plain",
     node("0", "Rome") + node("1", "Milan") + edge("0", "1"),
     {"router Rome [label = \"Rome\", note = \"id: 0\"]",
      "router Milan [label = \"Milan\", note = \"id: 1\"]", "Rome -- Milan"}},
    {"Empty", "", {}},
    {"Accents",
     node("a", "Zürich") + node("b", "Łódź") + node("c", "Αθήνα") + node("d", "Киев"),
     {"router Zurich [label = \"Zürich\", note = \"id: a\"]",
      "router Lodz [label = \"Łódź\", note = \"id: b\"]",
      "router Athina [label = \"Αθήνα\", note = \"id: c\"]",
      "router Kiev [label = \"Киев\", note = \"id: d\"]"}},
    {"SameLabels",
     node("a", "Lebanon") + node("b", "Lebanon") + node("c", "Lebanon 2") + node("d", "Lebanon"),
     {"router Lebanon [label = \"Lebanon\", note = \"id: a\"]",
      "router Lebanon_2 [label = \"Lebanon\", note = \"id: b\"]",
      "router Lebanon_2_2 [label = \"Lebanon 2\", note = \"id: c\"]",
      "router Lebanon_3 [label = \"Lebanon\", note = \"id: d\"]"}},
    {"LabelsThatAreNoNames",
     node("4", "?") + node("5", "") + node("6", "None") + node("7", "3com") + node("8", "router") +
         node("x y", "北京") + "<node id=\"9\"/>",
     {"router n4 [label = \"?\", note = \"id: 4\"]", "router n5 [label = \"\", note = \"id: 5\"]",
      "router None [label = \"None\", note = \"id: 6\"]",
      "router n3com [label = \"3com\", note = \"id: 7\"]",
      "router router_ [label = \"router\", note = \"id: 8\"]",
      "router nx_y [label = \"北京\", note = \"id: x y\"]", "router n9 [note = \"id: 9\"]"}},
    {"QuotesAndEntities",
     node("q", "&quot;A&quot; &amp; B&lt;\\&#x21;&#10;two") + node("s", "St. John&apos;s"),
     {"router A_B_two [label = \"\\\"A\\\" & B<\\\\!\\ntwo\", note = \"id: q\"]",
      "router St_Johns [label = \"St. John's\", note = \"id: s\"]"}},
    {"ControlCharacters",
     node("c", "a&#9;b&#13;c&#x85;d"),
     {"router a_b_c_d [label = \"a\\tb c d\", note = \"id: c\"]"}},
    {"Coordinates",
     "<node id=\"a\"><data key=\"Latitude\">-12.5</data><data key=\"Longitude\">180.0</data></node>"
     "<node id=\"b\"><data key=\"Latitude\">91</data><data key=\"Longitude\">east</data></node>"
     "<node id=\"c\"><data key=\"Latitude\">1</data><data key=\"Latitude\">2</data></node>",
     {"router na [latitude = \"-12.5\", longitude = \"180.0\", note = \"id: a\"]",
      "router nb [note = [\"id: b\", \"Latitude: 91\", \"Longitude: east\"]]",
      "router nc [latitude = \"1\", note = [\"id: c\", \"Latitude: 2\"]]"}},
    {"OddData",
     "<node id=\"a\" kind=\"x\"><data key=\"Country\">CH</data><data key=\"nokey\">v</data>"
     "<unknown><data key=\"Country\">no</data></unknown></node>",
     {"router na [note = [\"id: a\", \"kind: x\", \"Country: CH\", \"nokey: v\"]]"}},
    {"Speeds",
     node("a", "A") + node("b", "B") + node("c", "C") +
         edge("a", "b",
              "<data key=\"LinkSpeed\">10</data><data key=\"LinkSpeedUnits\">G</data>"
              "<data key=\"LinkSpeedRaw\">10000000000.0</data><data key=\"key\">0</data>"
              "<data key=\"LinkLabel\">10 Gbps</data>") +
         edge("b", "c",
              "<data key=\"LinkSpeed\">10-34</data><data key=\"LinkSpeedUnits\">M</data>"
              "<data key=\"LinkLabel\">OC-3</data>"),
     {"router A [label = \"A\", note = \"id: a\"]", "router B [label = \"B\", note = \"id: b\"]",
      "router C [label = \"C\", note = \"id: c\"]",
      "A -- B [bandwidth = 10gbit, label = \"10 Gbps\"]",
      "B -- C [bandwidth = 155520kbit, label = \"OC-3\", note = [\"LinkSpeed: 10-34\", "
      "\"LinkSpeedUnits: M\"]]"}},
    {"ParallelEdges",
     node("a", "A") + node("b", "B") + node("c", "A_B_1") +
         edge("a", "b", "<data key=\"key\">0</data>") +
         edge("b", "a", "<data key=\"key\">1</data><data key=\"id\">e7</data>"),
     {"router A [label = \"A\", note = \"id: a\"]", "router B [label = \"B\", note = \"id: b\"]",
      "router A_B_1 [label = \"A_B_1\", note = \"id: c\"]", "A_B_1_2: A -- B",
      "B_A_2: B -- A [note = [\"key: 1\", \"id: e7\"]]"}},
    {"SelfLoop",
     node("a", "A") + edge("a", "a", "<data key=\"LinkLabel\">x</data>"),
     {"router A [label = \"A\", note = [\"id: a\", \"loop: LinkLabel=x\"]]"}},
    {"Hyperedge",
     node("a", "A") + node("b", "B") + node("c", "C") +
         "<hyperedge id=\"h\"><endpoint node=\"a\"/><endpoint node=\"b\"/><endpoint node=\"c\"/>"
         "</hyperedge><hyperedge><endpoint node=\"a\"/><endpoint node=\"b\"/></hyperedge>",
     {"router A [label = \"A\", note = \"id: a\"]", "router B [label = \"B\", note = \"id: b\"]",
      "router C [label = \"C\", note = \"id: c\"]",
      "router hyperedge [note = [\"id: h\", \"hyperedge: 1\"]]", "hyperedge -- A", "hyperedge -- B",
      "hyperedge -- C", "A -- B"}},
    {"NestedGraph",
     "<node id=\"a\"><data key=\"label\">A</data><graph id=\"in\" edgedefault=\"directed\">"
     "<data key=\"Country\">inner</data>" +
         node("a::b", "B") + "</graph></node>" + edge("a", "a::b"),
     {"router A [label = \"A\", note = [\"id: a\", \"Country: inner\"]]",
      "router B [label = \"B\", note = \"id: a::b\"]", "A -- B"}},
    {"NodesWithoutIds",
     "<node><data key=\"label\">A</data></node><node/><node/>",
     {"router A [label = \"A\"]", "router n", "router n_2"}},
    {"YedLabels",
     "<node id=\"n0\"><data key=\"d6\"><y:ShapeNode><y:Geometry height=\"30\"/>"
     "<y:NodeLabel x=\"3\">Rome</y:NodeLabel></y:ShapeNode></data></node>",
     {"router Rome [label = \"Rome\", note = \"id: n0\"]"}},
    {"WrongOwnKeys",
     "<node id=\"a\"><data key=\"vinet_kind\">cat</data><data key=\"vinet_name\">a-b</data>"
     "<data key=\"vinet_transit\">no</data></node>",
     {"router na [transit = no, note = [\"id: a\", \"vinet_kind: cat\", \"vinet_name: a-b\"]]"}},
};
INSTANTIATE_TEST_SUITE_P(, Import, testing::ValuesIn(kCases),
                         [](const auto& one) { return one.param.name; });

TEST(ImportFile, BeginsWithItsOriginAndABase) {
  ImportOptions options;
  EXPECT_THAT(imported(graphml(""), options),
              testing::StartsWith("# From in.graphml\nbase lab {\n  machine m[3]\n  ring(m)\n}\n\n"
                                  "internet net on lab {"));
  options.machines = 1;
  EXPECT_THAT(imported(graphml(""), options),
              HasSubstr("base lab {\n  machine m[1]\n}\n\ninternet net"));
}

TEST(ImportFile, BaseAsAsked) {
  ImportOptions options;
  options.machines = 0;
  options.base = "farm";
  options.name = "mine";
  EXPECT_EQ(imported(graphml(node("a", "A")), options),
            "# From in.graphml\ninternet mine on farm {\n"
            "  router A [label = \"A\", note = \"id: a\"]\n}\n");
}

TEST(ImportFile, EachGraphIsAnInternet) {
  const std::string text =
      "<graphml><graph id=\"x\"><data key=\"Note\">n</data><node id=\"0\"/></graph>"
      "<graph id=\"lab\"><node id=\"0\"/></graph></graphml>";
  const auto graph = expanded(imported(text));
  ASSERT_TRUE(graph);
  ASSERT_EQ(graph->internets.size(), 2);
  EXPECT_EQ(graph->internets[0].name, "x");
  EXPECT_EQ(graph->internets[0].annotations, (graph::Annotations{{"note", "Note: n"}}));
  EXPECT_EQ(graph->internets[1].name, "lab_2");
}

TEST(ImportFile, DefaultsOfKeys) {
  const std::string text =
      "<graphml><key id=\"d\" for=\"node\" attr.name=\"colour\"><default>yellow</default></key>"
      "<graph><node id=\"a\"/><node id=\"b\"><data key=\"d\">red</data></node></graph></graphml>";
  EXPECT_EQ(statements(text),
            (std::vector<std::string>{"router na [note = [\"id: a\", \"colour: yellow\"]]",
                                      "router nb [note = [\"id: b\", \"colour: red\"]]"}));
}

TEST(ImportFile, Hosts) {
  ImportOptions options;
  options.hosts = true;
  EXPECT_EQ(statements(graphml(node("a", "A")), options),
            (std::vector<std::string>{"router A [label = \"A\", note = \"id: a\"]", "host A_host",
                                      "A_host -- A"}));
}

TEST(ImportFile, RatesAndDelays) {
  const std::string place = "<data key=\"Latitude\">0</data><data key=\"Longitude\">";
  const std::string text =
      graphml("<node id=\"a\">" + place + "0</data></node><node id=\"b\">" + place +
              "90</data></node><node id=\"c\"/>" +
              edge("a", "b", "<data key=\"LinkLabel\">1 Gbps</data>") + edge("a", "c"));
  ImportOptions options;
  options.rates = true;
  options.delays = true;
  const auto graph = expanded(imported(text, options));
  ASSERT_TRUE(graph);
  // A quarter of the equator is 10,007.56 km; 5 µs each.
  EXPECT_EQ(graph->internets[0].links[0].delay_us, 50'040);
  EXPECT_EQ(graph->internets[0].links[0].rate_bps, 1'000'000'000);
  EXPECT_EQ(graph->internets[0].links[1].delay_us, 0);
  EXPECT_EQ(graph->internets[0].links[1].rate_bps, 0);
}

TEST(ImportFile, LatinOneAndUtf16AreRead) {
  const std::string latin =
      "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><graphml><graph id=\"n\">"
      "<node id=\"Z\xfcrich\"/></graph></graphml>";
  EXPECT_THAT(imported(latin), HasSubstr("router nZurich [note = \"id: Zürich\"]"));
}

}  // namespace
}  // namespace vinet::exchange
