// Tokens: where each ends, and what the white space around it decides.
#include "lang/lexer.h"

#include <gtest/gtest.h>

namespace vinet::lang {
namespace {

std::string_view letter(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEnd:
      return "end";
    case TokenKind::kBad:
      return "bad";
    case TokenKind::kWord:
      return "w";
    case TokenKind::kInteger:
      return "i";
    case TokenKind::kQuantity:
      return "q";
    case TokenKind::kAddress:
      return "a";
    case TokenKind::kPrefix:
      return "p";
    case TokenKind::kString:
      return "s";
    case TokenKind::kLink:
    case TokenKind::kRange:
    case TokenKind::kSymbol:
      break;
  }
  return "";
}

struct Scan {
  std::string shape;  // tokens as `kind:text`, symbols bare
  Diagnostics diagnostics;
};

Scan scan(std::string_view text) {
  Scan result;
  Lexer lexer(text, result.diagnostics);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (!result.shape.empty()) result.shape += " ";
    const std::string_view kind = letter(token.kind);
    result.shape += std::string(kind) + (kind.empty() ? "" : ":") + std::string(token.text);
  }
  return result;
}

struct ScanCase {
  std::string name;
  std::string text;
  std::string expected;
};

class Tokens : public testing::TestWithParam<ScanCase> {};

TEST_P(Tokens, AreCutRight) {
  const Scan result = scan(GetParam().text);
  EXPECT_EQ(result.shape, GetParam().expected);
  EXPECT_FALSE(result.diagnostics.has_errors());
}

INSTANTIATE_TEST_SUITE_P(
    Lexer, Tokens,
    testing::Values(
        ScanCase{"words", "host A_1 _b", "w:host w:A_1 w:_b"},
        ScanCase{"link", "a--b", "w:a -- w:b"}, ScanCase{"label", "direct: a", "w:direct : w:a"},
        ScanCase{"hex_label_is_no_address", "backup:a -- c", "w:backup : w:a -- w:c"},
        ScanCase{"hex_label", "fade:bed -- dad", "w:fade : w:bed -- w:dad"},
        ScanCase{"range", "0..n", "i:0 .. w:n"},
        ScanCase{"range_of_integers", "1..32", "i:1 .. i:32"},
        ScanCase{"path", "t.c[0].up", "w:t . w:c [ i:0 ] . w:up"},
        ScanCase{"ipv4", "10.40.9.1", "a:10.40.9.1"},
        ScanCase{"ipv4_prefix", "10.0.0.0/8", "p:10.0.0.0/8"},
        ScanCase{"division", "8/2", "i:8 / i:2"}, ScanCase{"ipv6", "fd40::1,", "a:fd40::1 ,"},
        ScanCase{"ipv6_from_colon", "::1]", "a:::1 ]"},
        ScanCase{"ipv6_prefix", "fd40::/48]", "p:fd40::/48 ]"},
        ScanCase{"mapped", "::ffff:192.0.2.1", "a:::ffff:192.0.2.1"},
        ScanCase{"quantities", "100mbit 1.5ms 0.1%", "q:100mbit q:1.5ms q:0.1%"},
        ScanCase{"percent_before_bracket", "5%]", "q:5% ]"},
        ScanCase{"remainder", "5%3 5 % 3 n%2", "i:5 % i:3 i:5 % i:3 w:n % i:2"},
        ScanCase{"remainder_of_name", "5%n 5%(n)", "i:5 % w:n i:5 % ( w:n )"},
        ScanCase{"comparisons", "a<=b!=c==d>=e<f>g", "w:a <= w:b != w:c == w:d >= w:e < w:f > w:g"},
        ScanCase{"string", R"("a \" # b" c)", R"(s:"a \" # b" w:c)"},
        ScanCase{"comment", "a # b\nc", "w:a w:c"},
        ScanCase{"byte_order_mark",
                 "\xef\xbb\xbf"
                 "a",
                 "w:a"},
        ScanCase{"nothing", "", ""}),
    [](const auto& each) { return each.param.name; });

struct RefuseCase {
  std::string name;
  std::string text;
  std::string message;
  std::string note;
};

class BadTokens : public testing::TestWithParam<RefuseCase> {};

TEST_P(BadTokens, AreExplained) {
  const Scan result = scan(GetParam().text);
  ASSERT_EQ(result.diagnostics.error_count(), 1U) << result.shape;
  EXPECT_EQ(result.diagnostics.all().front().message, GetParam().message);
  EXPECT_EQ(result.diagnostics.all().front().note, GetParam().note);
}

INSTANTIATE_TEST_SUITE_P(
    Lexer, BadTokens,
    testing::Values(
        RefuseCase{"unit", "100mbt", "unknown unit 'mbt' in '100mbt'", "did you mean '100mbit'?"},
        RefuseCase{"far_unit", "3parsec", "unknown unit 'parsec' in '3parsec'",
                   "units are bit kbit mbit gbit tbit, us ms s min h d, %, B KiB MiB GiB"},
        RefuseCase{"decimal", "1.5", "a decimal number needs a unit: '1.5'",
                   "units are bit kbit mbit gbit tbit, us ms s min h d, %, B KiB MiB GiB"},
        RefuseCase{"octal", "007", "an integer does not start with 0: '007'", "write 7"},
        RefuseCase{"ipv4", "10.0.0.256", "not an IPv4 address: '10.0.0.256'", ""},
        RefuseCase{"three_parts", "10.0.0", "not an IPv4 address: '10.0.0'", ""},
        RefuseCase{"host_bits", "10.0.0.1/8", "not an IPv4 prefix: '10.0.0.1/8'",
                   "bits behind the prefix length must be zero: 10.0.0.0/8"},
        RefuseCase{"prefix_length", "10.0.0.0/33", "not an IPv4 prefix: '10.0.0.0/33'",
                   "a prefix length is at most 32"},
        RefuseCase{"ipv6", "fd40::zz", "not an IPv6 address: 'fd40::zz'", ""},
        RefuseCase{"ipv6_host_bits", "fd40::1/48", "not an IPv6 prefix: 'fd40::1/48'",
                   "bits behind the prefix length must be zero: fd40::/48"},
        RefuseCase{"string_without_end", "\"abc\nx", "this string has no end on its line",
                   "close it with '\"'"},
        RefuseCase{"escape", R"("a\qb")", "unknown escape '\\q'", R"(a string knows \" \\ \n \t)"},
        RefuseCase{"tab_in_string", "\"a\tb\"",
                   "a string must be text in UTF-8 without control characters, this has \\x09",
                   "write \\t"},
        RefuseCase{"typographic_quote", "\xe2\x80\x9c", "unexpected character '\xe2\x80\x9c'",
                   "strings have straight double quotes: \"...\""},
        RefuseCase{"dash", "a \xe2\x80\x94 b", "unexpected character '\xe2\x80\x94'",
                   "a link is written with two dashes: a -- b"},
        RefuseCase{"not_utf8", "\xff\xfe", "bytes that are no text in UTF-8, from \\xff", ""},
        RefuseCase{"comment_not_utf8", "# \xff", "a comment must be text in UTF-8, this is \\xff",
                   ""},
        RefuseCase{"nul", std::string("a\0b\0", 4), "this file is not text: it holds a NUL byte",
                   ""}),
    [](const auto& each) { return each.param.name; });

TEST(Lexer, MarksLinesSpacesAndComments) {
  Diagnostics diagnostics;
  Lexer lexer("a[b]  # behind\n\n\n# above\nc [d]", diagnostics);
  std::vector<Token> tokens;
  do tokens.push_back(lexer.next());
  while (tokens.back().kind != TokenKind::kEnd);
  ASSERT_EQ(tokens.size(), 9U);
  EXPECT_TRUE(tokens[0].new_line);
  EXPECT_FALSE(tokens[1].spaced) << "a[ is an index";
  EXPECT_FALSE(tokens[1].new_line);
  EXPECT_TRUE(tokens[5].spaced) << "c [ are attributes";
  const Token& c = tokens[4];
  EXPECT_TRUE(c.new_line);
  ASSERT_EQ(c.comments.size(), 3U);
  EXPECT_EQ(c.comments[0].text, "# behind");
  EXPECT_TRUE(c.comments[0].behind_token);
  EXPECT_EQ(c.comments[0].column, 6U);
  EXPECT_EQ(c.comments[1].text, "") << "one blank line of two";
  EXPECT_EQ(c.comments[2].text, "# above");
  EXPECT_FALSE(c.comments[2].behind_token);
}

TEST(Lexer, StringsKeepTheirValue) {
  for (const std::string value : {"", "plain", "q\"b\\n\n\t", "\xc3\xa4#[]"}) {
    EXPECT_EQ(unquoted(lang::quoted(value)), value);
  }
  EXPECT_EQ(quoted("a\"b\n"), R"("a\"b\n")");
}

}  // namespace
}  // namespace vinet::lang
