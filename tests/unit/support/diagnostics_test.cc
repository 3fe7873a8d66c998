// What a user sees of mistakes: the place, the line, the mark, in order, and nothing that could
// deceive a terminal.
#include "support/diagnostics.h"

#include <gtest/gtest.h>

namespace vinet {
namespace {

TEST(Render, ShowsPlaceLineMarkAndNote) {
  const Source source{"fig.vinet", "internet a on lab {\n  host A at Q1\n}\n"};
  Diagnostics diagnostics;
  diagnostics.error({32, 34}, "unknown machine 'Q1' in base 'lab'", "did you mean 'X'?");
  EXPECT_EQ(render(source, diagnostics),
            "fig.vinet:2:13: error: unknown machine 'Q1' in base 'lab'\n"
            "   2 |   host A at Q1\n"
            "     |             ^~\n"
            "     = did you mean 'X'?\n");
}

TEST(Render, SortsByPlaceAndCounts) {
  const Source source{"f", "a\nb\n"};
  Diagnostics diagnostics;
  diagnostics.error({2, 3}, "second");
  diagnostics.error({0, 1}, "first");
  diagnostics.warning({0, 0}, "about the whole file");
  EXPECT_EQ(render(source, diagnostics),
            "f:1:1: error: first\n   1 | a\n     | ^\n"
            "f: warning: about the whole file\n"
            "f:2:1: error: second\n   2 | b\n     | ^\n"
            "2 errors\n");
}

TEST(Render, StopsShowingAfterManyErrors) {
  const Source source{"f", std::string(100, 'x')};
  Diagnostics diagnostics;
  for (uint32_t i = 0; i < 25; ++i) diagnostics.error({i, i + 1}, "wrong");
  EXPECT_EQ(diagnostics.all().size(), Diagnostics::kMaxErrors);
  EXPECT_EQ(diagnostics.error_count(), 25U);
  const std::string text = render(source, diagnostics);
  EXPECT_NE(text.find("and 5 more\n25 errors\n"), std::string::npos) << text;
}

TEST(Diagnostics, CountsARepetitionOnce) {
  Diagnostics diagnostics;
  for (int i = 0; i < 3; ++i) diagnostics.error({1, 2}, "the same");
  diagnostics.error({1, 2}, "another");
  EXPECT_EQ(diagnostics.error_count(), 2U);
}

TEST(Diagnostics, WarningsAreNoErrors) {
  Diagnostics diagnostics;
  diagnostics.warning({0, 1}, "odd");
  EXPECT_FALSE(diagnostics.has_errors());
}

struct LineCase {
  std::string name;
  std::string text;
  Span span;
  std::string expected;  // the line and its mark
};

class RenderLine : public testing::TestWithParam<LineCase> {};

TEST_P(RenderLine, IsSafeAndAligned) {
  Diagnostics diagnostics;
  diagnostics.error(GetParam().span, "m");
  const std::string text = render({"f", GetParam().text}, diagnostics);
  EXPECT_EQ(text.substr(text.find('\n') + 1), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, RenderLine,
    testing::Values(
        LineCase{"tab", "\tab", {1, 3}, "   1 |   ab\n     |   ^~\n"},
        LineCase{"escape_sequence", "\x1b[2Jab", {4, 6}, "   1 | \\x1b[2Jab\n     |        ^~\n"},
        LineCase{"mark_on_control", "a\x07z", {1, 2}, "   1 | a\\x07z\n     |  ^~~~\n"},
        LineCase{"invalid_utf8", "a\xffz", {2, 3}, "   1 | a\\xffz\n     |      ^\n"},
        LineCase{"valid_utf8", "\xc3\xa4x", {2, 3}, "   1 | \xc3\xa4x\n     |  ^\n"},
        LineCase{"c1_control",
                 "\xc2\x9b"
                 "x",
                 {2, 3},
                 "   1 | \\u{9b}x\n     |       ^\n"},
        LineCase{
            "turned_direction", "\xe2\x80\xaex", {3, 4}, "   1 | \\u{202e}x\n     |         ^\n"},
        LineCase{"carriage_return", "ab\r\n", {1, 2}, "   1 | ab\n     |  ^\n"},
        LineCase{"behind_the_line", "ab\ncd", {2, 2}, "   1 | ab\n     |   ^\n"},
        LineCase{"over_two_lines", "ab\ncd", {1, 5}, "   1 | ab\n     |  ^\n"},
        LineCase{"at_the_end", "ab\n", {3, 3}, "   2 | \n     | ^\n"},
        LineCase{"beyond_the_end", "ab", {9, 12}, "   1 | ab\n     |   ^\n"}),
    [](const auto& each) { return each.param.name; });

TEST(Render, ShowsAWindowOfALongLine) {
  const std::string text = std::string(5'000, 'a') + "HERE" + std::string(5'000, 'b');
  Diagnostics diagnostics;
  diagnostics.error({5'000, 5'004}, "m");
  const std::string shown = render({"f", text}, diagnostics);
  EXPECT_EQ(shown.find("f:1:5001: error: m\n"), 0U);
  EXPECT_LT(shown.size(), 500U);
  const size_t line = shown.find("   1 | ...");
  const size_t mark = shown.find("     | ");
  ASSERT_NE(line, std::string::npos);
  ASSERT_NE(mark, std::string::npos);
  EXPECT_EQ(shown.find("HERE") - line, shown.find("^~~~\n") - mark);
}

TEST(Render, NeverRepeatsALongOrDeceivingMessage) {
  Diagnostics diagnostics;
  diagnostics.error({0, 1}, "\x1b[31m" + std::string(10'000, 'x'));
  const std::string shown = render({"evil\nname", "a"}, diagnostics);
  EXPECT_EQ(shown.find("evil\\x0aname:1:1: error: \\x1b[31mxx"), 0U);
  EXPECT_LT(shown.size(), 600U);
}

TEST(Render, ColoursOnlyWhenAsked) {
  Diagnostics diagnostics;
  diagnostics.error({0, 1}, "m");
  EXPECT_EQ(render({"f", "a"}, diagnostics).find('\033'), std::string::npos);
  EXPECT_NE(render({"f", "a"}, diagnostics, true).find("\033[1;31merror:\033[0m"),
            std::string::npos);
}

struct NearCase {
  std::string name;
  std::string word;
  std::string expected;
};

class Nearest : public testing::TestWithParam<NearCase> {};

TEST_P(Nearest, IsTheLikelyOne) {
  EXPECT_EQ(nearest(GetParam().word, {"router", "host", "machine", "rate", "X", "m1"}),
            GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Words, Nearest,
    testing::Values(NearCase{"letter_missing", "ruter", "router"},
                    NearCase{"letters_swapped", "hsot", "host"},
                    NearCase{"letter_wrong", "machime", "machine"},
                    NearCase{"other_case", "Router", "router"}, NearCase{"one_letter", "x", "X"},
                    NearCase{"other_letter", "Q", ""}, NearCase{"too_far", "switch", ""},
                    NearCase{"itself_is_no_suggestion", "rate", ""}, NearCase{"nothing", "", ""},
                    NearCase{"endless", std::string(1'000'000, 'r'), ""}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace vinet
