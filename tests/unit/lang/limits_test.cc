// Hostile and huge texts: an error, at once. faults.md F-100.
#include <ctime>

#include "unit/lang/read.h"

namespace vinet::lang {
namespace {

std::string repeated(const std::string& piece, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

struct BombCase {
  std::string name;
  std::string head;
  std::string piece;  // again and again
  size_t bytes;
  std::string message;  // a part of one of the errors
};

class Bomb : public testing::TestWithParam<BombCase> {};

TEST_P(Bomb, EndsSoonWithAnError) {
  const BombCase& c = GetParam();
  const Source source{"bomb.vinet", c.head + repeated(c.piece, c.bytes)};
  const std::clock_t begin = std::clock();  // processor time: the machine may be busy
  Diagnostics diagnostics;
  EXPECT_FALSE(parse(source, diagnostics));
  const std::string shown = render(source, diagnostics);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_NE(shown.find(c.message), std::string::npos) << shown.substr(0, 2'000);
  EXPECT_LT(shown.size(), 20'000U);
  EXPECT_LT(seconds, 20) << "a second at most in a release build; sanitizers take their share";
}

constexpr size_t kNearlyAll = kMaxFileBytes - 100;
constexpr size_t kLong = 1 << 20;

INSTANTIATE_TEST_SUITE_P(
    Limits, Bomb,
    testing::Values(
        BombCase{"ten_megabytes", "", "# hello\n", 10'000'000, "the most that is read is 8388608"},
        BombCase{"many_links", "base b {\n", "a--b\n", kNearlyAll, "this file is too long"},
        BombCase{"many_comments", "", "#\n", kNearlyAll, "this file is too long"},
        BombCase{"brackets", "let x = ", "(", kLong, "nested too deep: more than 200 levels"},
        BombCase{"lists", "let x = ", "[", kLong, "nested too deep: more than 200 levels"},
        BombCase{"indexes", "let x = ", "a[", kLong, "nested too deep: more than 200 levels"},
        BombCase{"signs", "let x = ", "- ", kLong, "nested too deep: more than 200 levels"},
        BombCase{"blocks", "internet i on b {", "if a {", kLong,
                 "nested too deep: more than 200 levels"},
        BombCase{"broken_blocks", "", "base x {", kLong, "does not belong in a base"},
        BombCase{"sum", "let x = 1", "+1", kLong, "more than 1000 operators"},
        BombCase{"dots", "", "a.", kLong, "expected a statement"},
        BombCase{"colons", "", "a:", kLong, "not an IPv6 address"},
        BombCase{"digits", "let x = ", "1", kLong, "this integer is too large"},
        BombCase{"open_string", "let x = \"", "x", kNearlyAll, "this string has no end"},
        BombCase{"closing_braces", "", "}\n", kLong, "closes nothing"},
        BombCase{"foreign", "", "?\n", kLong, "unexpected character '?'"},
        BombCase{"not_text", "", "\xff\x01", kLong, "no text in UTF-8"},
        BombCase{"nuls", "base b {\n", std::string(1, '\0'), kLong, "it holds a NUL byte"}),
    [](const auto& each) { return each.param.name; });

TEST(Limits, AreReachedUnharmed) {
  const std::string nested = "let x = " + repeated("(", 190) + "1" + repeated(")", 190) + "\n";
  EXPECT_EQ(format(read_good(nested)), "let x = 1\n");
  const std::string sum = "let x = 1" + repeated(" + 1", 4 * 1'000) + "\n";
  const File file = read_good(sum);
  EXPECT_TRUE(read_good(format(file)) == file);
  const std::string chain =
      "internet i on b {\n  if a {\n" + repeated("  } else if a {\n", 100'000) + "  }\n}\n";
  EXPECT_EQ(format(read_good(chain)), chain);
}

}  // namespace
}  // namespace vinet::lang
