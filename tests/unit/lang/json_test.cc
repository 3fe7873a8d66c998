// The Ast as JSON: every example there and back, and JSON that says what nobody can mean.
#include "lang/ast_json.h"
#include "unit/lang/read.h"

namespace vinet::lang {
namespace {

std::string round_trip(const std::string& text) {
  const std::string json = to_json(read_good(text));
  const Source source{"in.json", json};
  Diagnostics diagnostics;
  const auto file = from_json(source, diagnostics);
  EXPECT_TRUE(file) << render(source, diagnostics) << json;
  return file ? format(*file) : "";
}

TEST(Json, EveryExampleGoesThereAndBack) {
  for (const char* name : {"abilene", "as-router", "figure1", "figure11", "figure7", "fleet",
                           "links", "stacked", "tree"}) {
    const std::string text = read_file("examples/" + std::string(name) + ".vinet");
    EXPECT_EQ(round_trip(text), format(read_good(text))) << name;
  }
}

TEST(Json, EveryExampleOfTheDocumentationToo) {
  const std::string text = read_file("docs/language.md");
  const std::string fence = "```vinet\n";
  int pieces = 0;
  for (size_t begin = text.find(fence); begin != std::string::npos;
       begin = text.find(fence, begin)) {
    begin += fence.size();
    const std::string piece = text.substr(begin, text.find("```", begin) - begin);
    EXPECT_EQ(round_trip(piece), piece);
    ++pieces;
  }
  EXPECT_GE(pieces, 10);
}

TEST(Json, CommentsAndSpellingsAreKept) {
  const std::string text =
      "# above\n\n# and below a blank line\nlet rate = 1000mbit  # behind\n\n"
      "base lab {  # opens\n  machine X [\n    # in front\n    mtu = 9000,  # of X\n    # last\n  "
      "]\n"
      "  # closes\n}\n# the end\n";
  EXPECT_EQ(round_trip(text), format(read_good(text)));
}

TEST(Json, ArgumentsByName) {
  const std::string text =
      "internet net on lab {\n  part t = tree(4, fanout = 3)\n  part u = tree(depth = 2, rate = "
      "10mbit)\n}\n";
  EXPECT_EQ(round_trip(text), text);
}

struct BadJson {
  const char* json;
  const char* message;
};

TEST(Json, WhatIsWrongIsNamed) {
  const BadJson cases[] = {
      {"", "this is no JSON, or nested too deep"},
      {"{\"statements\": [", "this is no JSON, or nested too deep"},
      {"[]", "expected an object"},
      {"{\"statement\": []}", "unknown member 'statement'"},
      {"{\"statements\": {}}", "statements: expected an array"},
      {"{\"statements\": [3]}", "statements[0]: a statement is an object with a 'kind'"},
      {"{\"statements\": [{\"kind\": \"lett\"}]}", "statements[0]: unknown kind 'lett'"},
      {"{\"statements\": [{\"kind\": \"let\"}]}", "statements[0]: 'name' is missing"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": 3}]}",
       "statements[0].name: expected a string"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": \"a\", \"value\": -1}]}",
       "statements[0].value: an integer has 63 bits; what is negative is {\"negate\": …}"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": \"a\", \"value\": {\"rate\": \"fast\"}}]}",
       "statements[0].value.rate: 'fast' cannot be read"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": \"a\", \"value\": {\"op\": \"^\"}}]}",
       "statements[0].value: unknown operator"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": \"a\", \"value\": {\"name\": []}}]}",
       "statements[0].value.name: a name has at least one step"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": \"a\", \"value\": 1, \"more\": 2}]}",
       "statements[0]: unknown member 'more'"},
      {"{\"statements\": [{\"kind\": \"host\"}]}",
       "statements[0]: 'host' without what it is about"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": \"a b\", \"value\": 1}]}",
       "this JSON describes what the language cannot say"},
      {"{\"statements\": [{\"kind\": \"let\", \"name\": \"a\", \"value\": 1, \"before\": [\"# "
       "x\\nlet "
       "b = 1\"]}]}",
       "this JSON describes what the language cannot say"},
      {"{\"statements\": [{\"kind\": \"host\", \"names\": [{\"name\": \"a\"}]}]}",
       "this JSON describes what the language cannot say"},
  };
  for (const BadJson& c : cases) {
    Diagnostics diagnostics;
    EXPECT_FALSE(from_json({"in.json", c.json}, diagnostics)) << c.json;
    ASSERT_EQ(diagnostics.error_count(), 1U) << c.json;
    EXPECT_EQ(diagnostics.all().front().message, c.message) << c.json;
  }
}

TEST(Json, DepthHasAnEnd) {
  for (const int levels : {1000, 100'000}) {
    std::string json = "{\"statements\": [{\"kind\": \"let\", \"name\": \"a\", \"value\": ", ends;
    for (int i = 0; i < levels; ++i) json += "{\"negate\": ", ends += "}";
    Diagnostics diagnostics;
    EXPECT_FALSE(from_json({"in.json", json + "1" + ends + "}]}"}, diagnostics));
    EXPECT_EQ(diagnostics.error_count(), 1U);
  }
}

// Every prefix of a good file, and every byte of it changed: an error or a file, never a crash.
TEST(Json, DamagedJsonDoesNoHarm) {
  const std::string json = to_json(read_good(read_file("examples/figure7.vinet")));
  for (size_t i = 0; i < json.size(); i += 7) {
    for (const std::string& bad :
         {json.substr(0, i), json.substr(0, i) + "[" + json.substr(i + 1)}) {
      Diagnostics diagnostics;
      const bool is_file = from_json({"in.json", bad}, diagnostics).has_value();
      EXPECT_NE(is_file, diagnostics.has_errors()) << bad;
    }
  }
}

}  // namespace
}  // namespace vinet::lang
