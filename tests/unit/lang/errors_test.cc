// Mistakes: each is shown where it stands, says what was expected, and does not hide the next.
#include "unit/lang/read.h"

namespace vinet::lang {
namespace {

struct ErrorCase {
  std::string name;
  std::string text;
  std::string at;  // the text the mark begins with; "" for the end of a line
  std::string message;
  std::string note;
};

class SyntaxError : public testing::TestWithParam<ErrorCase> {};

TEST_P(SyntaxError, IsExplained) {
  const ErrorCase& c = GetParam();
  const Diagnostics diagnostics = read_bad(c.text);
  ASSERT_EQ(diagnostics.error_count(), 1U) << render({"f", c.text}, diagnostics);
  const Diagnostic& found = diagnostics.all().front();
  EXPECT_EQ(found.message, c.message);
  EXPECT_EQ(found.note, c.note);
  EXPECT_EQ(c.text.substr(found.span.begin, c.at.size()), c.at);
  if (c.at.empty()) {
    EXPECT_EQ(found.span.begin, found.span.end);
  }
}

std::string base(const std::string& inside) {
  return "base lab {\n  " + inside + "\n}\n";
}
std::string internet(const std::string& inside) {
  return "internet i on lab {\n  " + inside + "\n}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Statements, SyntaxError,
    testing::Values(
        ErrorCase{"misspelt", internet("ruter A at X"), "ruter", "unknown statement 'ruter'",
                  "did you mean 'router'?"},
        ErrorCase{"wrong_room", internet("machine q"), "machine",
                  "'machine' does not belong in an internet", "machines stand in a base"},
        ErrorCase{"host_in_base", base("host A"), "host", "'host' does not belong in a base",
                  "hosts stand in an internet or a part"},
        ErrorCase{"port_in_internet", internet("port up = a"), "port",
                  "'port' does not belong in an internet",
                  "ports stand in a part, or behind router R = core"},
        ErrorCase{"host_among_ports", internet("router R = core { host A }"), "host",
                  "'host' does not belong among a router's ports",
                  "hosts stand in an internet or a part"},
        ErrorCase{"link_at_top", "a -- b\n", "a", "expected a statement, found 'a'",
                  "links and shapes belong in a base, an internet or a part"},
        ErrorCase{"misspelt_at_top", "internt a on b {}\n", "internt",
                  "expected a statement, found 'internt'", "did you mean 'internet'?"},
        ErrorCase{"assignment", "depth = 4\n", "depth", "expected a statement, found 'depth'",
                  "a value is named by: let x = 3"},
        ErrorCase{"no_base", "internet a {\n}\n", "{",
                  "expected 'on' and the base it is deployed on, found '{'", ""},
        ErrorCase{"keyword_as_name", internet("host via"), "via",
                  "expected the name of a host, found 'via'",
                  "'via' is a word of the language, no name"},
        ErrorCase{"names_without_comma", internet("host A B"), "B",
                  "expected the end of the statement, found 'B'",
                  "one statement a line, or ';' between them"},
        ErrorCase{"place_missing", internet("host A at"), "",
                  "expected a place, or a list of places in [ ], found the end of the line", ""},
        ErrorCase{"place_behind_attributes", internet("host A [mtu = 1] at X"), "at",
                  "expected the end of the statement, found 'at'",
                  "'at' comes before the attributes"},
        ErrorCase{"array_with_space", internet("host A [6]"), "6",
                  "expected the name of an attribute, found '6'",
                  "an index has no space before its '[': m[2]"},
        ErrorCase{"attributes_without_space", internet("host A[mtu = 3]"), "=",
                  "expected ']', found '='", "attributes need a space before their '['"},
        ErrorCase{"array_without_length", internet("host A[]"), "]",
                  "expected the length of the array, found ']'", ""},
        ErrorCase{"colon_in_attribute", internet("a -- b [cost: 3]"), ":",
                  "expected ',' or ']', found ':'", "an attribute is written name = value"},
        ErrorCase{"unit_apart", internet("a -- b [delay = 5 ms]"), "ms",
                  "expected ',' or ']', found 'ms'", "a unit stands right behind its number: 5ms"},
        ErrorCase{"unknown_unit", internet("a -- b [rate = 100mbt]"), "100mbt",
                  "unknown unit 'mbt' in '100mbt'", "did you mean '100mbit'?"},
        ErrorCase{"one_dash", internet("a - b"), "-",
                  "expected '--' and the other end of a link, found '-'",
                  "a link is written with two dashes: a -- b"},
        ErrorCase{"open_chain", internet("a --"), "",
                  "expected the other end of the link, found the end of the line", ""},
        ErrorCase{"name_for_many", internet("x: a -- b -- c"), "x", "one name for 2 links",
                  "name each link on a line of its own"},
        ErrorCase{"unknown_shape", internet("rng(a)"), "rng", "unknown shape 'rng'",
                  "did you mean 'ring'?"},
        ErrorCase{"empty_shape", internet("ring()"), "ring", "a ring of nothing",
                  "name its nodes: ring(r)"},
        ErrorCase{"host_for_internet", internet("host A = core {}"), "=",
                  "a host cannot stand for an internet",
                  "only a router can: router R = core { ... }"},
        ErrorCase{"port_with_count", "part p() {\n  port up[3] = a\n}\n", "3",
                  "expected ']', found '3'", "a port is one, or any number: port up[] = top"},
        ErrorCase{"part_used_at_top", "part t = tree(3)\n", "t",
                  "a part is used in an internet or another part",
                  "at the top of a file it is described: part tree(depth) { ... }"},
        ErrorCase{"part_described_inside", internet("part tree(depth) {\n  }"), "(",
                  "a part is described at the top of a file",
                  "to use one write: part t = tree(...)"},
        ErrorCase{"argument_behind_named", internet("part t = tree(depth = 3, 2)"), "2",
                  "an argument without a name stands behind one with a name",
                  "arguments in order come first, then those by name: tree(4, fanout = 3)"},
        ErrorCase{"argument_name_qualified", internet("part t = tree(a.b = 3)"), "a.b",
                  "before '=' stands the name of a parameter", "two values are compared with '=='"},
        ErrorCase{"argument_without_value", internet("part t = tree(depth =)"), ")",
                  "expected a value, found ')'", ""},
        ErrorCase{"include_without_quotes", "include other\n", "other",
                  "expected the name of a file in quotes, found 'other'", ""},
        ErrorCase{"block_alone", base("{ machine X }"), "{", "expected a statement, found '{'",
                  "a block stands behind base, internet, part, for, if or else"},
        ErrorCase{"else_alone", internet("else { }"), "else", "'else' without 'if' before it", ""},
        ErrorCase{"brace_too_many", "let x = 1\n}\n", "}", "this '}' closes nothing", ""},
        ErrorCase{"brace_missing", "base lab {\n  machine X\n", "{", "this '{' is never closed",
                  "expected '}' before the end of the file"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Values, SyntaxError,
    testing::Values(ErrorCase{"nothing", "let x =\nlet y = 1\n", "",
                              "expected a value, found the end of the line", ""},
                    ErrorCase{"open_sum", "let x = 1 +", "",
                              "expected a value, found the end of the file", ""},
                    ErrorCase{"too_large", "let x = 9223372036854775808\n", "9223372036854775808",
                              "this integer is too large", "the largest is 9223372036854775807"},
                    ErrorCase{"chained", "let x = a < b < c\n", "< c", "comparisons do not chain",
                              "write a < b and b < c"},
                    ErrorCase{"assignment_as_equality", internet("if a = 3 { }"), "=",
                              "expected '{', found '='", "equality is '=='"},
                    ErrorCase{"exclamation", "let x = !a\n", "!", "expected a value, found '!'",
                              "negation is written 'not'"},
                    ErrorCase{"not_too_deep", "let x = 1 + not a\n", "not",
                              "expected a value, found 'not'", "write (not ...) here"},
                    ErrorCase{"double_minus", "let x = --1\n", "--", "expected a value, found '--'",
                              "a minus before a minus needs a space: - -1"},
                    ErrorCase{"bracket_missing", "let x = (1 + 2\n", "",
                              "expected ')', found the end of the file", ""},
                    ErrorCase{"list_without_comma", "let x = [1 2]\n", "2",
                              "expected ',' or ']', found '2'", ""},
                    ErrorCase{"empty_index", internet("a -- b[]"), "]",
                              "expected an index or '*', found ']'", ""},
                    ErrorCase{"ampersands", "let x = a && b\n", "&&", "unexpected character '&'",
                              "conditions are joined by 'and'"}),
    [](const auto& each) { return each.param.name; });

TEST(Errors, SeveralAreReportedInOneRun) {
  const std::string text =
      "base lab {\n  machine X, Y\n  X - Y\n}\n"
      "internet a onn lab {\n  hots A at X\n  a -- b [cost: 3]\n  router R\n}\n"
      "internet b on lab {\n  ring(\n  router C\n}\n";
  const std::string shown = render({"f", text}, read_bad(text));
  for (const char* place : {"f:3:5:", "f:5:12:", "f:6:3:", "f:7:15:", "f:12:3:"}) {
    EXPECT_NE(shown.find(place), std::string::npos) << place << "\n" << shown;
  }
  EXPECT_NE(shown.find("5 errors"), std::string::npos) << shown;
}

TEST(Errors, AMissingBraceIsSuspectedWhereItShows) {
  const std::string text = "base lab {\n  machine X\n\ninternet a on lab {\n  host A\n}\n";
  const Diagnostics diagnostics = read_bad(text);
  EXPECT_EQ(diagnostics.all().at(0).message, "'internet' does not belong in a base");
  EXPECT_EQ(diagnostics.all().at(0).note,
            "an internet stands at the top of a file; is a '}' missing above?");
}

TEST(Errors, AreFoundAgainInASecondRun) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse({"f", "let = 1"}, diagnostics));
  EXPECT_FALSE(parse({"f", "let = 1"}, diagnostics));
}

}  // namespace
}  // namespace vinet::lang
