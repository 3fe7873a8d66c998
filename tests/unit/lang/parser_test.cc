// Text to Ast: what each construct becomes.
#include "lang/parser.h"

#include "unit/lang/read.h"

namespace vinet::lang {
namespace {

/// The one statement inside `internet i on b { … }`.
template <typename T>
T inside(const std::string& statement) {
  const File file = read_good("internet i on b {\n" + statement + "\n}\n");
  if (file.statements.empty()) return T{};
  const auto& body = std::get<InternetDecl>(file.statements[0].kind).body;
  EXPECT_EQ(body.statements.size(), 1U);
  const T* found = std::get_if<T>(&body.statements.at(0).kind);
  EXPECT_NE(found, nullptr) << statement;
  return found != nullptr ? *found : T{};
}

TEST(Parser, InternetNamesItsBaseAndAttributes) {
  const File file =
      read_good("internet demo on lab [pool = 10.40.0.0/16, lease = 8h, strict] {\n}\n");
  const auto& internet = std::get<InternetDecl>(file.statements.at(0).kind);
  EXPECT_EQ(internet.name.text, "demo");
  EXPECT_EQ(internet.base.text, "lab");
  ASSERT_EQ(internet.attributes.items.size(), 3U);
  EXPECT_EQ(std::get<net::IpPrefix>(internet.attributes.items[0].value->kind),
            *net::parse_prefix("10.40.0.0/16"));
  EXPECT_EQ(std::get<Duration>(internet.attributes.items[1].value->kind).us, 28'800'000'000U);
  EXPECT_FALSE(internet.attributes.items[2].value.has_value());
  EXPECT_TRUE(internet.body.statements.empty());
}

TEST(Parser, NodesShareTheirPlaceAndAttributes) {
  const auto nodes = inside<NodeDecl>("router p, r[2 * n] at [X, m[1]] [mtu = 9000]");
  EXPECT_EQ(nodes.kind, NodeKind::kRouter);
  ASSERT_EQ(nodes.names.size(), 2U);
  EXPECT_FALSE(nodes.names[0].count.has_value());
  EXPECT_EQ(format(*nodes.names[1].count), "2 * n");
  EXPECT_EQ(std::get<List>(nodes.at->kind).items.size(), 2U);
  EXPECT_EQ(nodes.attributes.items.at(0).name.text, "mtu");
}

TEST(Parser, BracketsAreAnIndexOnlyWithoutSpace) {
  const auto index = inside<NodeDecl>("host a at m[1]");
  EXPECT_TRUE(std::get<Path>(index.at->kind).steps[0].index);
  EXPECT_TRUE(index.attributes.items.empty());
  const auto attributes = inside<NodeDecl>("host a at m [flag]");
  EXPECT_FALSE(std::get<Path>(attributes.at->kind).steps[0].index);
  EXPECT_EQ(attributes.attributes.items.size(), 1U);
}

TEST(Parser, RouterStandsForAnInternet) {
  const auto router =
      inside<NodeDecl>("router R at W = core { port west = p[0]; port east[] = p[2] }");
  ASSERT_TRUE(router.stands_for);
  EXPECT_EQ(router.stands_for->internet.text, "core");
  const auto& ports = router.stands_for->ports.statements;
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_FALSE(std::get<PortDecl>(ports[0].kind).many);
  EXPECT_TRUE(std::get<PortDecl>(ports[1].kind).many);
}

TEST(Parser, LinksAreChainsStarsAndMayHaveAName) {
  EXPECT_EQ(inside<LinkDecl>("a -- b -- c").ends.size(), 3U);
  EXPECT_EQ(inside<LinkDecl>("a --\n  b\n  -- c").ends.size(), 3U);
  EXPECT_TRUE(inside<LinkDecl>("a -- b[*]").ends[1].steps[0].all);
  EXPECT_EQ(inside<LinkDecl>("direct: a -- c").name->text, "direct");
  const auto link = inside<LinkDecl>("gate -- user [address = 10.40.9.1 at user, loss = 0.1%]");
  EXPECT_EQ(format(*link.attributes.items.at(0).end), "user");
  EXPECT_EQ(std::get<Fraction>(link.attributes.items.at(1).value->kind).ppb, 1'000'000U);
}

TEST(Parser, ShapesTakeNamesAndLists) {
  const auto shape = inside<ShapeUse>("mesh(a, r[*], [b, c]) [cost = 3]");
  EXPECT_EQ(shape.shape, ShapeKind::kMesh);
  ASSERT_EQ(shape.arguments.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<List>(shape.arguments[2].kind));
  EXPECT_EQ(shape.attributes.items.size(), 1U);
}

TEST(Parser, ShapeNamesAreOrdinaryNamesElsewhere) {
  read_good(
      "internet star on ring {\n  router chain, mesh\n  chain -- mesh\n  ring(chain, mesh)\n}\n");
}

TEST(Parser, PartsAreDescribedAndUsed) {
  const File file =
      read_good("part tree(depth, fanout = 2) {\n  part c[fanout] = tree(depth - 1)\n}\n");
  const auto& part = std::get<PartDecl>(file.statements.at(0).kind);
  ASSERT_EQ(part.parameters.size(), 2U);
  EXPECT_FALSE(part.parameters[0].initial.has_value());
  EXPECT_EQ(std::get<Integer>(part.parameters[1].initial->kind).value, 2);
  const auto& use = std::get<PartUse>(part.body.statements.at(0).kind);
  EXPECT_EQ(use.declared.name.text, "c");
  EXPECT_EQ(use.part.text, "tree");
  EXPECT_EQ(use.arguments.size(), 1U);
}

TEST(Parser, ArgumentsInOrderComeBeforeThoseByName) {
  const auto use = inside<PartUse>("part t = tree(4, n == 2, fanout=3, rate = 10mbit,)");
  EXPECT_EQ(use.arguments.size(), 2U);
  ASSERT_EQ(use.named.size(), 2U);
  EXPECT_EQ(use.named[0].name.text, "fanout");
  EXPECT_EQ(std::get<Integer>(use.named[0].value.kind).value, 3);
  EXPECT_EQ(use.named[1].name.text, "rate");
}

TEST(Parser, LoopsRunOverRangesArraysAndLists) {
  const auto range = inside<For>("for i in 0..n - 1 { a -- b[i] }");
  EXPECT_EQ(format(range.over), "0..n - 1");
  EXPECT_TRUE(std::holds_alternative<Range>(range.over.kind));
  EXPECT_TRUE(std::holds_alternative<Path>(inside<For>("for x in r {}").over.kind));
  EXPECT_TRUE(std::holds_alternative<List>(inside<For>("for x in [X, Y] {}").over.kind));
}

TEST(Parser, ConditionsHaveBranches) {
  const auto decision = inside<If>("if a { x -- y } else if b {\n}\nelse { host z }");
  EXPECT_EQ(decision.branches.size(), 2U);
  ASSERT_TRUE(decision.otherwise.has_value());
  EXPECT_EQ(decision.otherwise->statements.size(), 1U);
  EXPECT_FALSE(inside<If>("if a {}").otherwise.has_value());
}

TEST(Parser, RoutesAndIncludesAreRead) {
  const auto route = inside<Route>("route 10.0.0.0/8 via r[1] in direct");
  EXPECT_EQ(format(route.destination), "10.0.0.0/8");
  EXPECT_EQ(format(route.via), "r[1]");
  EXPECT_EQ(format(*route.in), "direct");
  const File file = read_good("include \"other.vinet\"\n");
  EXPECT_EQ(std::get<Text>(std::get<Include>(file.statements.at(0).kind).file.kind).value,
            "other.vinet");
}

TEST(Parser, OneLineHoldsSeveralStatements) {
  const File file = read_good("base b { machine X; machine Y ; X -- Y }; let a = 1");
  EXPECT_EQ(file.statements.size(), 2U);
  EXPECT_EQ(std::get<BaseDecl>(file.statements[0].kind).body.statements.size(), 3U);
}

TEST(Parser, ValuesKeepTheirType) {
  struct Case {
    std::string text;
    std::string kind;
  };
  for (const auto& [text, kind] :
       {Case{"5", "an integer"}, Case{"100mbit", "a rate"}, Case{"20ms", "a duration"},
        Case{"0.1%", "a percentage"}, Case{"4KiB", "a size"}, Case{"10.0.0.1", "an IPv4 address"},
        Case{"fd00::1", "an IPv6 address"}, Case{"10.0.0.0/8", "an IPv4 prefix"},
        Case{"::/0", "an IPv6 prefix"}, Case{"\"x\"", "a string"}, Case{"ospf", "a name"},
        Case{"[1, 2]", "a list"}, Case{"-1", "an integer"}, Case{"1 + 2", "an integer"},
        Case{"a < b", "a condition"}, Case{"not a", "a condition"}}) {
    EXPECT_EQ(kind_name(inside<Let>("let x = " + text).value), kind) << text;
  }
}

TEST(Parser, OnIsAValueThough) {
  const File file = read_good("internet a on b [ipv6 = on] {\n}\n");
  const auto& items = std::get<InternetDecl>(file.statements.at(0).kind).attributes.items;
  ASSERT_NE(bare_word(*items.at(0).value), nullptr);
  EXPECT_EQ(*bare_word(*items[0].value), "on");
}

TEST(Parser, SpansPointIntoTheText) {
  const std::string text = "internet i on b {\n  host A, B[2] at X\n}\n";
  const File file = read_good(text);
  const auto cut = [&](Span span) { return text.substr(span.begin, span.end - span.begin); };
  const auto& internet = std::get<InternetDecl>(file.statements.at(0).kind);
  const Statement& host = internet.body.statements.at(0);
  EXPECT_EQ(cut(file.statements[0].span), text.substr(0, text.size() - 1));
  EXPECT_EQ(cut(host.span), "host A, B[2] at X");
  const auto& nodes = std::get<NodeDecl>(host.kind);
  EXPECT_EQ(cut(nodes.names[1].span), "B[2]");
  EXPECT_EQ(cut(nodes.names[1].name.span), "B");
  EXPECT_EQ(cut(nodes.at->span), "X");
}

struct MeaningCase {
  std::string name;
  std::string a;
  std::string b;
  bool same;
};

class Meaning : public testing::TestWithParam<MeaningCase> {};

TEST_P(Meaning, IsComparedAndNotTheLook) {
  EXPECT_EQ(read_good(GetParam().a) == read_good(GetParam().b), GetParam().same);
}

INSTANTIATE_TEST_SUITE_P(
    Ast, Meaning,
    testing::Values(MeaningCase{"space", "let x=1", "let   x = 1\n", true},
                    MeaningCase{"comments", "# a\nlet x = 1 # b", "let x = 1", true},
                    MeaningCase{"brackets", "let x = (1 + 2)", "let x = 1 + 2", true},
                    MeaningCase{"spelling", "let x = 1000mbit", "let x = 1gbit", true},
                    MeaningCase{"lines", "base b [a = 1,\n b = 2] {}",
                                "base b [\n a = 1, b = 2,] {\n}", true},
                    MeaningCase{"list_comments", "let x = [1, # one\n 2]", "let x = [1, 2]", true},
                    MeaningCase{"value", "let x = 1", "let x = 2", false},
                    MeaningCase{"kind", "let x = 1s", "let x = 1%", false},
                    MeaningCase{"name_or_string", "let x = a", "let x = \"a\"", false},
                    MeaningCase{"tree", "let x = 1 - (2 - 3)", "let x = 1 - 2 - 3", false},
                    MeaningCase{"order", "let x = 1; let y = 2", "let y = 2; let x = 1", false},
                    MeaningCase{"end_of_attribute", "base b { X -- Y [a = 1 at X] }",
                                "base b { X -- Y [a = 1 at Y] }", false},
                    MeaningCase{"index", "base b { X -- Y[0] }", "base b { X -- Y[*] }", false}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace vinet::lang
