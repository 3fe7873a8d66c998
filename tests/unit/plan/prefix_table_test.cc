// Prefix tables, against a search of all tables for a pool of eight addresses.
#include "plan/prefix_table.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vinet::plan {
namespace {

struct TableCase {
  const char* name;
  std::vector<ColouredRange> ranges;  // of 0.0.0.0/29: addresses 0 .. 7
  std::vector<ColouredPrefix> expected;
};

class PrefixTableTest : public ::testing::TestWithParam<TableCase> {};

TEST_P(PrefixTableTest, IsSmallest) {
  PrefixTable table;
  EXPECT_EQ(table.make(0, 29, GetParam().ranges), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    PrefixTable, PrefixTableTest,
    ::testing::Values(TableCase{"one_colour", {{0, 4}}, {{0, 29, 4}}},
                      TableCase{"halves", {{0, 1}, {4, 2}}, {{0, 29, 1}, {4, 30, 2}}},
                      TableCase{"hole", {{0, 1}, {3, 2}, {4, 1}}, {{0, 29, 1}, {3, 32, 2}}},
                      TableCase{"majority",
                                {{0, 2}, {2, 1}, {3, 2}, {4, 1}, {5, 2}},
                                {{0, 29, 2}, {2, 32, 1}, {4, 32, 1}}},
                      TableCase{"specific_in_specific",
                                {{0, 1}, {4, 2}, {6, 3}, {7, 2}},
                                {{0, 29, 1}, {4, 30, 2}, {6, 32, 3}}}),
    [](const auto& test) { return std::string(test.param.name); });

uint32_t lookup(const std::vector<ColouredPrefix>& table, uint32_t address) {
  const ColouredPrefix* best = nullptr;
  for (const ColouredPrefix& entry : table) {
    if (address >> (32 - entry.length) != entry.network >> (32 - entry.length)) continue;
    if (best == nullptr || entry.length > best->length) best = &entry;
  }
  return best == nullptr ? ~0U : best->colour;
}

/// The fewest prefixes that give the addresses `at` .. `at + size - 1` their colours, where they
/// have `inherited` without any: tries everything.
size_t fewest(const std::vector<uint32_t>& colours, size_t at, size_t size, uint32_t inherited) {
  if (size == 1) return colours[at] == inherited ? 0 : 1;
  const auto halves = [&](uint32_t colour) {
    return fewest(colours, at, size / 2, colour) + fewest(colours, at + size / 2, size / 2, colour);
  };
  size_t least = halves(inherited);
  for (const uint32_t colour : {0U, 1U, 2U}) {
    if (colour != inherited) least = std::min(least, 1 + halves(colour));
  }
  return least;
}

TEST(PrefixTable, IsRightAndSmallestForEveryColouring) {
  constexpr uint32_t kNone = 9;
  PrefixTable maker;
  for (uint32_t code = 0; code < 6561; ++code) {
    std::vector<uint32_t> colours;
    std::vector<ColouredRange> ranges;
    for (uint32_t i = 0, rest = code; i < 8; ++i, rest /= 3) {
      colours.push_back(rest % 3);
      if (ranges.empty() || ranges.back().colour != rest % 3) ranges.push_back({i, rest % 3});
    }
    const std::vector<ColouredPrefix> table = maker.make(0, 29, ranges);
    for (uint32_t i = 0; i < 8; ++i) ASSERT_EQ(lookup(table, i), colours[i]) << code;
    ASSERT_EQ(table.size(), fewest(colours, 0, 8, kNone)) << code;
  }
}

}  // namespace
}  // namespace vinet::plan
