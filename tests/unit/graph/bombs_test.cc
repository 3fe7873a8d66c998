// Texts that ask for too much: each ends soon, with one clear diagnostic at what asks.
#include <gtest/gtest.h>

#include "unit/graph/text_case.h"

namespace vinet::graph {
namespace {

struct Case {
  std::string name;
  std::string body;
  std::string error;  // begin of the only one
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Bomb : public testing::TestWithParam<Case> {};

// With small limits: that they hold does not depend on their size.
ExpandOptions small() {
  ExpandOptions options;
  options.limits = {1000, 2000, 20'000, 64};
  return options;
}

// In lines below those of the internet; a body of one line ends in line 7.
constexpr char kParts[] =
    "\n\n\n\n\n\npart endless() {\npart p = endless()\n}\n\n"
    "part wide(n) { if n > 0 { part w[2] = wide(n - 1) } }\n";

TEST_P(Bomb, EndsWithOneDiagnostic) {
  const Expansion expansion = expand_text(in_internet(GetParam().body) + kParts, small());
  EXPECT_FALSE(expansion.graph);
  ASSERT_EQ(expansion.diagnostics.error_count(), 1U) << expansion.text();
  EXPECT_EQ(expansion.errors().front().substr(0, GetParam().error.size()), GetParam().error);
}

const Case kCases[] = {
    {"LongLoop", "for i in 0..20000 { }", "6:10: a loop of 20,001 turns is too long"},
    {"LongestLoop", "for i in (-9223372036854775807)..9223372036854775807 { }",
     "6:10: a loop of 18,446,744,073,709,551,615 turns"},
    {"LoopsInLoops", "for i in 0..999 { for j in 0..999 { for k in 0..999 { } } }",
     "6:46: a loop of 1,000 turns is too long"},
    {"ManyStatements", "host a\nfor i in 0..99 { for j in 0..99 { if 1 > 2 { host b } } }",
     "7:27: the description does not come to an end within 20,000 steps"},
    {"LargeArray", "host h[1000]", "6:6: 1,000 hosts more would be too many"},
    {"LargestArray", "host h[9223372036854775807]",
     "6:6: 9,223,372,036,854,775,807 hosts more would be too many"},
    {"ManyArrays", "host a[500], b[500]", "6:14: 500 hosts more would be too many"},
    {"ArraysInALoop", "for i in 0..9 { if i > 8 { router r[2000] } }",
     "6:35: 2,000 routers more would be too many"},
    {"LargeMesh", "host h[900]\nmesh(h)", "7:1: 404,550 links more would be too many"},
    {"LinksInALoop", "host a[50], b\nfor i in 0..100 { b -- a[*] }",
     "7:19: 50 links more would be too many"},
    {"PartsWithoutEnd", "part p = endless()", "15:6: parts in parts more than 64 deep"},
    {"ManyPartsInParts", "part p = wide(10)", "18:32: 2 parts more would be too many"},
    {"LargeArrayOfParts", "part p[1000000000] = wide(0)",
     "6:6: 1,000,000,000 parts more would be too many"},
    {"LongConditionInALoop",
     "for i in 0..5000 { if 1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1 > 99 { } "
     "}",
     "6:10: the description does not come to an end within 20,000 steps"},
};

INSTANTIATE_TEST_SUITE_P(Cases, Bomb, testing::ValuesIn(kCases),
                         [](const auto& c) { return c.param.name; });

TEST(Bombs, AMeshOfManyIsCountedBeforeItIsMade) {
  const Expansion expansion = expand_text(in_internet("host h[100000]\nmesh(h)"));
  EXPECT_EQ(expansion.errors(),
            std::vector<std::string>{
                "7:1: 4,999,950,000 links more would be too many = a description may have 500,000 "
                "links (`--max-links`); 499,999 are left"});
}

TEST(Bombs, AllThatIsAllowedIsMade) {
  ExpandOptions options;
  options.limits = {1000, 2000, 20'000, 64};
  // 5 machines and 995 hosts; one base link, 994 of the chain and 1,005 others.
  const Expansion expansion =
      expand_text(in_internet("host h[995]\nchain(h)\nfor i in 1..900 { h[0] -- h[i] }\n"
                              "for i in 1..105 { h[i] -- h[0] }"),
                  options);
  ASSERT_TRUE(expansion.graph) << expansion.text();
  EXPECT_EQ(expansion.graph->internets[0].links.size(), 1999U);
}

TEST(Bombs, ErrorsWithoutEndStopTheExpansion) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "a" + std::to_string(i) + " -- b\n";
  const Expansion expansion = expand_text(in_internet(body));
  EXPECT_EQ(expansion.diagnostics.all().size(), Diagnostics::kMaxErrors);
  EXPECT_LT(expansion.diagnostics.error_count(), 2 * Diagnostics::kMaxErrors);
}

TEST(Bombs, TheSameMistakeInEveryTurnIsSaidOnce) {
  EXPECT_EQ(expand_text(in_internet("for i in 0..1500000 { host a }")).errors().size(), 1U);
  EXPECT_EQ(expand_text(in_internet("host a\nfor i in 0..5000 { a -- b }")).errors().size(), 1U);
}

TEST(Bombs, LongChainsOfLetsDoNotEatTheStack) {
  std::string text;
  for (int i = 0; i < 20000; ++i) {
    text += "let v" + std::to_string(i) + " = v" + std::to_string(i + 1) + "\n";
  }
  text += "let v20000 = 1\n";
  const Expansion expansion = expand_text(text);
  EXPECT_FALSE(expansion.graph);
  ASSERT_FALSE(expansion.errors().empty());
  EXPECT_NE(expansion.errors().front().find("depend on each other this deeply"), std::string::npos);
}

TEST(Bombs, LetsThatUseEarlierOnesMayBeMany) {
  std::string text = "let v0 = 1\n";
  for (int i = 1; i < 20000; ++i) {
    text += "let v" + std::to_string(i) + " = v" + std::to_string(i - 1) + " + 1\n";
  }
  const Expansion expansion = expand_text(text + in_internet("host h[v19999 - 19990]"));
  ASSERT_TRUE(expansion.graph) << expansion.text();
  EXPECT_EQ(expansion.graph->internets[0].nodes.size(), 10U);
}

}  // namespace
}  // namespace vinet::graph
