// The canonical form: the examples are it, everything else becomes it, and nothing is lost on the
// way.
#include "lang/formatter.h"

#include <algorithm>
#include <filesystem>

#include "lang/lexer.h"
#include "unit/lang/read.h"

namespace vinet::lang {
namespace {

std::vector<std::string> paths_in(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".vinet") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(Formatter, LeavesTheExamplesAsTheyAre) {
  const auto paths = paths_in("examples");
  EXPECT_GE(paths.size(), 9U);
  for (const std::string& path : paths) {
    const std::string text = read_file(path);
    EXPECT_EQ(format(read_good(text)), text) << path;
  }
}

// The comments of a text in order.
std::vector<std::string> comments_of(const std::string& text) {
  std::vector<std::string> comments;
  Diagnostics diagnostics;
  Lexer lexer(text, diagnostics);
  Token token;
  do {
    token = lexer.next();
    for (const Comment& comment : token.comments) {
      if (!comment.text.empty()) comments.push_back(comment.text);
    }
  } while (token.kind != TokenKind::kEnd);
  std::sort(comments.begin(), comments.end());  // some move above their statement
  return comments;
}

TEST(Formatter, IsIdempotentAndKeepsMeaningAndComments) {
  for (const std::string& path : paths_in("tests/fuzz/corpus/lang")) {
    const Source source{path, read_file(path)};
    Diagnostics diagnostics;
    const auto file = parse(source, diagnostics);
    if (!file) continue;
    const std::string once = format(*file);
    const File again = read_good(once);
    EXPECT_EQ(format(again), once) << path;
    EXPECT_TRUE(again == *file) << path;
    EXPECT_EQ(comments_of(once), comments_of(source.text)) << path;
  }
}

struct FormatCase {
  std::string name;
  std::string text;
  std::string expected;
};

class Format : public testing::TestWithParam<FormatCase> {};

TEST_P(Format, IsCanonical) {
  const std::string once = format(read_good(GetParam().text));
  EXPECT_EQ(once, GetParam().expected);
  EXPECT_EQ(format(read_good(once)), once);
}

INSTANTIATE_TEST_SUITE_P(
    Layout, Format,
    testing::Values(
        FormatCase{"empty", "", ""}, FormatCase{"blank", "\n\n  \n", ""},
        FormatCase{"spaces", "let   x=1+2*3", "let x = 1 + 2 * 3\n"},
        FormatCase{"one_line", "base b{machine X;machine Y;X--Y}",
                   "base b {\n  machine X\n  machine Y\n  X -- Y\n}\n"},
        FormatCase{"line_ends", "base b {\r\n  machine X\r\n}\r\n", "base b {\n  machine X\n}\n"},
        FormatCase{"empty_block", "base b {\n\n}", "base b {}\n"},
        FormatCase{"blank_lines", "\n\nlet x = 1\n\n\n\nlet y = 2\nlet z = 3\n\n",
                   "let x = 1\n\nlet y = 2\nlet z = 3\n"},
        FormatCase{"blank_lines_in_block", "base b {\n\n  machine X\n\n\n  machine Y\n\n}\n",
                   "base b {\n  machine X\n\n  machine Y\n}\n"},
        FormatCase{"attribute_lines_stay", "base b [\na = 1,\nlonger = 2, flag\n] {}\n",
                   "base b [\n  a      = 1,\n  longer = 2,\n  flag,\n] {}\n"},
        FormatCase{"attributes_on_the_line", "base b [a = 1,\n  b = 2,] {}",
                   "base b [a = 1, b = 2] {}\n"},
        FormatCase{"no_attributes", "base b [] {}", "base b {}\n"},
        FormatCase{"links_in_a_row",
                   "base b {\na -- b [c = 1]\naaa -- b [c = 1]\n\naaaaa -- b [c = 1]\n}",
                   "base b {\n  a -- b   [c = 1]\n  aaa -- b [c = 1]\n\n  aaaaa -- b [c = 1]\n}\n"},
        FormatCase{
            "else_on_its_line", "internet i on b {\nif a {}\nelse if c {\n}\nelse { x -- y }\n}",
            "internet i on b {\n  if a {\n  } else if c {\n  } else {\n    x -- y\n  }\n}\n"},
        FormatCase{"strings", R"(let x = "a\tb\"c\\")", "let x = \"a\\tb\\\"c\\\\\"\n"},
        FormatCase{"addresses", "let x = FD40:0::0:1\nlet y = FD40::/48",
                   "let x = fd40::1\nlet y = fd40::/48\n"},
        FormatCase{"quantities_as_written", "let x = 1000mbit\nlet y = 90min",
                   "let x = 1000mbit\nlet y = 90min\n"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Brackets, Format,
    testing::Values(
        FormatCase{"needless", "let x = ((1) + (2 * 3))", "let x = 1 + 2 * 3\n"},
        FormatCase{"needed", "let x = (1 + 2) * 3 - (4 - 5)", "let x = (1 + 2) * 3 - (4 - 5)\n"},
        FormatCase{"left_to_right", "let x = (1 - 2) - 3", "let x = 1 - 2 - 3\n"},
        FormatCase{"conditions", "let x = not (a and (b or c)) or (not d)",
                   "let x = not (a and (b or c)) or not d\n"},
        FormatCase{"comparisons", "let x = (a < b) == (c < d)", "let x = (a < b) == (c < d)\n"},
        FormatCase{"signs", "let x = -(-1) - -(2 + 3)", "let x = - -1 - -(2 + 3)\n"},
        FormatCase{"percent", "let x = 5%3\nlet y = 5%", "let x = 5 % 3\nlet y = 5%\n"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Comments, Format,
    testing::Values(
        FormatCase{"above_behind_below", "# a\nlet x = 1 # b\n# c", "# a\nlet x = 1  # b\n# c\n"},
        FormatCase{"only", "# a\n\n\n# b\n", "# a\n\n# b\n"},
        FormatCase{"in_block", "base b { # a\n# b\nmachine X # c\n\n# d\n}# e",
                   "base b {  # a\n  # b\n  machine X  # c\n\n  # d\n}  # e\n"},
        FormatCase{"in_attributes", "base b [ # a\nx = 1, # b\n# c\nyy = 2 # d\n# e\n] {}",
                   "base b [\n  # a\n  x  = 1,  # b\n  # c\n  yy = 2,  # d\n  # e\n] {}\n"},
        FormatCase{"in_list", "let x = [1, # a\n2 # b\n# c\n]",
                   "let x = [\n  1,  # a\n  2,  # b\n  # c\n]\n"},
        FormatCase{"in_chain", "base b {\na -- # x\n  c # y\n}",
                   "base b {\n  # x\n  a -- c  # y\n}\n"},
        FormatCase{"in_expression", "let x = (1 + # a\n2)", "# a\nlet x = 1 + 2\n"},
        FormatCase{"before_else", "internet i on b { if a {\n# in\n} # behind\n# above\nelse {} }",
                   "internet i on b {\n  if a {\n    # in\n    # behind\n    # above\n  } else {\n "
                   " }\n}\n"},
        FormatCase{"behind_semicolon", "let x = 1; # a\nlet y = 2", "let x = 1  # a\nlet y = 2\n"},
        FormatCase{"column_is_kept", "let x = 1      # a\nlet yyy = 2    # b\n",
                   "let x = 1      # a\nlet yyy = 2    # b\n"},
        FormatCase{"neighbours_align", "let x = 1 # a\nlet yyy = 2 # b\n",
                   "let x = 1    # a\nlet yyy = 2  # b\n"}),
    [](const auto& each) { return each.param.name; });

TEST(Formatter, BreaksLongLines) {
  std::string names = "m0";
  std::string chain = "m0";
  for (int i = 1; i < 60; ++i) {
    names += ", m" + std::to_string(i);
    chain += " -- m" + std::to_string(i);
  }
  const std::string text = "base b {\n  machine " + names + "\n  " + chain +
                           "\n  a -- b [first = 11111111111111111, second = 22222222222222222, "
                           "third = 33333333333333333,"
                           " fourth = 4]\n}\n";
  const File file = read_good(text);
  const std::string once = format(file);
  EXPECT_EQ(format(read_good(once)), once);
  EXPECT_TRUE(read_good(once) == file);
  size_t begin = 0;
  for (size_t end = once.find('\n'); end != std::string::npos;
       begin = end + 1, end = once.find('\n', begin)) {
    EXPECT_LE(end - begin, 100U) << once.substr(begin, end - begin);
  }
  EXPECT_NE(once.find("\n    first  = 11111111111111111,\n"), std::string::npos) << once;
}

}  // namespace
}  // namespace vinet::lang
