// The small values: results, the stable hash, text as characters.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "support/hash.h"
#include "support/random.h"
#include "support/result.h"
#include "support/utf8.h"

namespace vinet {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error{Errc::kInvalidArgument, std::to_string(n) + " is odd"};
  return n / 2;
}

Result<int> quarter(int n) {
  ASSIGN_OR_RETURN(const int h, half(n));
  return half(h);
}

Status check_even(int n) {
  TRY_IN("check " + std::to_string(n), half(n));
  return ok();
}

TEST(Result, PassesValuesAndErrorsOn) {
  EXPECT_EQ(*quarter(8), 2);
  const auto bad = quarter(6);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "3 is odd");
  EXPECT_TRUE(check_even(2));
  EXPECT_EQ(check_even(3).error().message, "check 3: 3 is odd");
}

TEST(Result, NamesTheErrnoOfTheKernel) {
  const Error error = errno_error("create namespace x", EEXIST);
  EXPECT_EQ(error.code, Errc::kAlreadyExists);
  EXPECT_EQ(error.sys_errno, EEXIST);
  EXPECT_EQ(error.message, "create namespace x: File exists");
}

TEST(Hash, NeverChanges) {
  // Addresses and names in running internets depend on these values.
  static_assert(stable_hash("") == 0xefd01f60ba992926);
  EXPECT_NE(stable_hash("lab.X"), stable_hash("lab.Y"));
  EXPECT_NE(stable_hash(std::string_view("a\0b", 3)), stable_hash("a"));
}

struct CharacterCase {
  std::string name;
  std::string text;
  size_t length;  // of the first character
  bool valid;
  std::string shown;
};

class FirstCharacter : public testing::TestWithParam<CharacterCase> {};

TEST_P(FirstCharacter, IsTakenAndShown) {
  const CharacterCase& c = GetParam();
  std::string_view rest = c.text;
  const Character character = take_character(rest);
  EXPECT_EQ(character.bytes.size(), c.length);
  EXPECT_EQ(rest.size(), c.text.size() - c.length);
  EXPECT_EQ(character.valid, c.valid);
  EXPECT_EQ(printable(character), c.shown);
}

INSTANTIATE_TEST_SUITE_P(
    Utf8, FirstCharacter,
    testing::Values(CharacterCase{"ascii", "ab", 1, true, "a"},
                    CharacterCase{"newline", "\n", 1, true, "\\x0a"},
                    CharacterCase{"two_bytes", "\xc3\xa4z", 2, true, "\xc3\xa4"},
                    CharacterCase{"three_bytes", "\xe2\x82\xac", 3, true, "\xe2\x82\xac"},
                    CharacterCase{"four_bytes", "\xf0\x9f\x98\x80", 4, true, "\xf0\x9f\x98\x80"},
                    CharacterCase{"cut_short", "\xe2\x82", 1, false, "\\xe2"},
                    CharacterCase{"continuation_alone",
                                  "\x80"
                                  "a",
                                  1, false, "\\x80"},
                    CharacterCase{"overlong_two", "\xc0\x80", 1, false, "\\xc0"},
                    CharacterCase{"overlong_three", "\xe0\x80\x80", 1, false, "\\xe0"},
                    CharacterCase{"surrogate", "\xed\xa0\x80", 1, false, "\\xed"},
                    CharacterCase{"beyond_unicode", "\xf4\x90\x80\x80", 1, false, "\\xf4"},
                    CharacterCase{"right_to_left", "\xe2\x80\xae", 3, true, "\\u{202e}"}),
    [](const auto& each) { return each.param.name; });

TEST(Utf8, CountsCharacters) {
  EXPECT_EQ(character_count(""), 0U);
  EXPECT_EQ(character_count("\xc3\xa4x\xff"), 3U);
}

TEST(Random, NamesDiffer) {
  std::set<std::string> names;
  std::set<uint64_t> nonces;
  for (int i = 0; i < 1000; ++i) {
    const auto name = random_id();
    ASSERT_TRUE(name) << name.error().message;
    EXPECT_EQ(name->size(), 32U);
    EXPECT_EQ(name->find_first_not_of("0123456789abcdef"), std::string::npos) << *name;
    EXPECT_TRUE(names.insert(*name).second);
    EXPECT_TRUE(nonces.insert(random_nonce()).second);
  }
  EXPECT_EQ(random_hex(8)->size(), 16U);
  EXPECT_FALSE(nonces.contains(0));
}

}  // namespace
}  // namespace vinet
