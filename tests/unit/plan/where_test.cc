// Conditions on machines: what they say, what is wrong with them and where, whom they hold for.
#include "plan/where.h"

#include <gtest/gtest.h>

namespace vinet::plan {
namespace {

std::string read(const std::string& text) {
  const auto parsed = parse_where(text);
  if (const auto* error = std::get_if<WhereError>(&parsed)) {
    return std::to_string(error->begin) + "-" + std::to_string(error->end) + ": " + error->message;
  }
  std::string all;
  for (const Condition& condition : std::get<std::vector<Condition>>(parsed)) {
    all += "[" + to_string(condition);
    if (condition.number) all += " #" + std::to_string(*condition.number);
    all += "]";
  }
  return all;
}

struct Case {
  const char* text;
  const char* expected;
};

TEST(Where, IsRead) {
  const Case cases[] = {
      {"memory >= 2GiB, role = router", "[memory >= 2GiB #2147483648][role = router]"},
      {"cpus>4", "[cpus > 4 #4]"},
      {" a != b-1.c ,\n d<7", "[a != b-1.c][d < 7 #7]"},
      {"disk <= 1.5 TB", "[disk <= 1.5 TB #1500000000000]"},
      {"m = 0B", "[m = 0B #0]"},
      {"m > 2, m < 4", "[m > 2 #2][m < 4 #4]"},
      {"n = 18446744073709551615", "[n = 18446744073709551615 #18446744073709551615]"},
      // wrong
      {"", "0-0: expected the name of an attribute"},
      {"memory", "6-6: expected = != < <= > or >= behind 'memory'"},
      {"memory 2GiB", "7-8: expected = != < <= > or >= behind 'memory'"},
      {"memory >= ", "10-10: expected a value for 'memory'"},
      {"memory >= , role = x", "10-11: expected a value for 'memory'"},
      {"a = b,", "6-6: expected the name of an attribute"},
      {"a = b,,c = d", "6-7: expected the name of an attribute"},
      {"4 = a", "0-1: expected the name of an attribute"},
      {"a == b", "2-4: there is no comparison '=='"},
      {"memory => 2GiB", "7-9: there is no comparison '=>'"},
      {"memory<>2GiB", "6-8: there is no comparison '<>'"},
      {"a !== b", "2-5: there is no comparison '!=='"},
      {"role is router", "5-6: expected = != < <= > or >= behind 'role'"},
      {"role = two words", "7-16: 'two words' is no number, no size and no word"},
      {"memory >= 2XB", "10-13: '2XB' is no number, no size and no word"},
      {"memory >= 0.3B", "10-14: '0.3B' is no number, no size and no word"},
      {"n = 18446744073709551616",
       "4-24: '18446744073709551616' is no number, no size and no word"},
      {"n = 99999999TiB", "4-15: '99999999TiB' is no number, no size and no word"},
      {"role < router", "7-13: 'router' is a word, and words have no order"},
      {"a = \xc3\xa4", "4-6: '\xc3\xa4' is no number, no size and no word"},
  };
  for (const Case& c : cases) EXPECT_EQ(read(c.text), c.expected) << c.text;
}

TEST(Where, SaysWhatHelps) {
  const Case cases[] = {
      {"role = 'router'", "words stand without quotes"},
      {"role = router and cpus > 1", "conditions stand between commas, and all of them must hold"},
      {"role = router; cpus > 1", "conditions stand between commas, and all of them must hold"},
      {"memory >= 2G", "numbers are whole; sizes have B kB MB GB TB KiB MiB GiB or TiB"},
      {"cpus > 2.5", "numbers are whole; sizes have B kB MB GB TB KiB MiB GiB or TiB"},
      {"role = -router", "words begin with a letter, and have letters, digits, _ - and ."},
      {"a == b", "there are = != < <= > and >="},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_where(c.text);
    const auto* error = std::get_if<WhereError>(&parsed);
    ASSERT_NE(error, nullptr) << c.text;
    EXPECT_EQ(error->note, c.expected) << c.text;
  }
}

TEST(Where, HoldsForWhoSaysSo) {
  const std::map<std::string, std::string> machine = {
      {"memory", "2147483648"}, {"cpus", "4"}, {"role", "router"}, {"disk", "1TB"}};
  const std::pair<const char*, bool> cases[] = {
      {"memory = 2GiB", true},  {"memory != 2GiB", false}, {"memory < 2GiB", false},
      {"memory <= 2GiB", true}, {"memory > 2GiB", false},  {"memory >= 2GiB", true},
      {"memory > 1GiB", true},  {"memory < 3GiB", true},   {"disk >= 1000GB", true},
      {"disk = 1000", false},   {"role = router", true},   {"role = Router", false},
      {"role != host", true},   {"role != router", false}, {"cpus != router", true},
      {"role = 4", false},      {"role > 4", false},       {"role != 4", true},
      {"zone = a", false},      {"zone != a", false},      {"zone < 4", false},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_where(text);
    const auto* conditions = std::get_if<std::vector<Condition>>(&parsed);
    ASSERT_NE(conditions, nullptr) << text;
    EXPECT_EQ(holds(conditions->front(), machine), expected) << text;
  }
}

}  // namespace
}  // namespace vinet::plan
