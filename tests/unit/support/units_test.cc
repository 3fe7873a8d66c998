// Quantities: what is read, what is refused and why, and that what is printed can be read back.
#include "support/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace vinet {
namespace {

struct ReadCase {
  std::string text;
  Quantity expected;
  std::string printed;
};

class ReadQuantity : public testing::TestWithParam<ReadCase> {};

TEST_P(ReadQuantity, IsExact) {
  const auto& [text, expected, printed] = GetParam();
  const auto value = parse_quantity(text);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(*value, expected);
  const std::string shown = std::visit([](auto q) { return to_string(q); }, *value);
  EXPECT_EQ(shown, printed);
  const auto reread = parse_quantity(shown);
  ASSERT_TRUE(reread) << reread.error().message;
  EXPECT_EQ(*reread, expected);
}

INSTANTIATE_TEST_SUITE_P(
    Units, ReadQuantity,
    testing::Values(ReadCase{"0bit", Rate{0}, "0bit"}, ReadCase{"1bit", Rate{1}, "1bit"},
                    ReadCase{"100mbit", Rate{100'000'000}, "100mbit"},
                    ReadCase{"1000mbit", Rate{1'000'000'000}, "1gbit"},
                    ReadCase{"1.5gbit", Rate{1'500'000'000}, "1500mbit"},
                    ReadCase{"0.000000000001tbit", Rate{1}, "1bit"},
                    ReadCase{"18446744073709551615bit", Rate{std::numeric_limits<uint64_t>::max()},
                             "18446744073709551615bit"},
                    ReadCase{"20ms", Duration{20'000}, "20ms"},
                    ReadCase{"1.5ms", Duration{1'500}, "1500us"},
                    ReadCase{"8h", Duration{28'800'000'000}, "8h"},
                    ReadCase{"90min", Duration{5'400'000'000}, "90min"},
                    ReadCase{"48h", Duration{172'800'000'000}, "2d"},
                    ReadCase{"0.1%", Fraction{1'000'000}, "0.1%"},
                    ReadCase{"0.0000001%", Fraction{1}, "0.0000001%"},
                    ReadCase{"12.50%", Fraction{125'000'000}, "12.5%"},
                    ReadCase{"100%", Fraction{1'000'000'000}, "100%"},
                    ReadCase{"64KiB", Size{65'536}, "64KiB"},
                    ReadCase{"0.5GiB", Size{1ULL << 29}, "512MiB"}, ReadCase{"1B", Size{1}, "1B"}));

struct BadCase {
  std::string name;
  std::string text;
  std::string message;  // a part of it
};

class RefuseQuantity : public testing::TestWithParam<BadCase> {};

TEST_P(RefuseQuantity, SaysWhy) {
  const auto value = parse_quantity(GetParam().text);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Errc::kInvalidArgument);
  EXPECT_NE(value.error().message.find(GetParam().message), std::string::npos)
      << value.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Units, RefuseQuantity,
    testing::Values(BadCase{"empty", "", "no number"}, BadCase{"no_number", "mbit", "no number"},
                    BadCase{"no_unit", "100", "no unit"},
                    BadCase{"other_case", "100Mbit", "unknown unit 'Mbit'"},
                    BadCase{"space", "100 mbit", "unknown unit"},
                    BadCase{"sign", "-1ms", "no number"},
                    BadCase{"behind", "1ms2", "unknown unit 'ms2'"},
                    BadCase{"two_dots", "1.2.3ms", "unknown unit"},
                    BadCase{"dot_last", "1.ms", "unknown unit '.ms'"},
                    BadCase{"too_large", "18446744073709551616bit", "too large"},
                    BadCase{"too_large_in_unit", "18446745tbit", "too large"},
                    BadCase{"too_large_by_decimals", "18446744.073709551616tbit", "too large"},
                    BadCase{"too_fine", "0.5us", "finer than 1us"},
                    BadCase{"half_bit", "0.5bit", "finer than 1bit"},
                    BadCase{"too_fine_percent", "0.00000001%", "finer than 0.0000001%"},
                    BadCase{"many_decimals", "0.00000000000000000000001tbit", "finer than"}),
    [](const auto& each) { return each.param.name; });

TEST(Units, KindsAreKeptApart) {
  EXPECT_EQ(*parse_rate("1kbit"), Rate{1'000});
  EXPECT_EQ(*parse_duration("1s"), Duration{1'000'000});
  EXPECT_EQ(*parse_fraction("1%"), Fraction{10'000'000});
  EXPECT_EQ(*parse_size("1KiB"), Size{1'024});
  const auto wrong = parse_rate("20ms");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "'20ms' is a duration, not a rate");
}

TEST(Units, SuggestsTheNearest) {
  EXPECT_EQ(nearest_unit("Mbps"), "mbit");
  EXPECT_EQ(nearest_unit("mbti"), "mbit");
  EXPECT_EQ(nearest_unit("Gbit"), "gbit");
  EXPECT_EQ(nearest_unit("sec"), "s");
  EXPECT_EQ(nearest_unit("mb"), "MiB");
  EXPECT_EQ(nearest_unit("parsec"), "");
  EXPECT_TRUE(is_unit("%"));
  EXPECT_FALSE(is_unit("Mbit"));
}

}  // namespace
}  // namespace vinet
