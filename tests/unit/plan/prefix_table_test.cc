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
    ::testing::Values(
        TableCase{"one_colour", {{0, 4}}, {{0, 29, 4}}},
        TableCase{"nowhere", {{0, kNowhere}}, {{0, 29, kNowhere}}},
        TableCase{"halves", {{0, 1}, {4, 2}}, {{0, 29, kNowhere}, {0, 30, 1}, {4, 30, 2}}},
        TableCase{"own_address", {{0, 1}, {3, kNowhere}, {4, 1}}, {{0, 29, 1}, {3, 32, kNowhere}}},
        // Without the way 2, address 3 is unreachable: it must not go the way 1.
        TableCase{"other_way_in_a_way",
                  {{0, 1}, {3, 2}, {4, 1}},
                  {{0, 29, 1}, {3, 32, 2}, {3, 32, kNowhere}}},
        // One unreachable route guards both ways 2 and 3.
        TableCase{"aggregate_ends_here",
                  {{0, 1}, {4, 2}, {5, 3}, {6, kNowhere}},
                  {{0, 29, kNowhere}, {0, 30, 1}, {4, 32, 2}, {5, 32, 3}}}),
    [](const auto& test) { return std::string(test.param.name); });

uint32_t lookup(const std::vector<ColouredPrefix>& table, uint32_t address) {
  const ColouredPrefix* best = nullptr;
  for (const ColouredPrefix& entry : table) {
    if (address >> (32 - entry.length) != entry.network >> (32 - entry.length)) continue;
    const bool better = best == nullptr || entry.length > best->length ||
                        (entry.length == best->length && best->colour == kNowhere);
    if (better) best = &entry;
  }
  return best == nullptr ? kNowhere : best->colour;
}

constexpr uint32_t kColours[] = {0, 1, kNowhere};

size_t fewest(const std::vector<uint32_t>& colours, size_t at, size_t size, uint32_t inherited);

/// What the halves cost that inherit a colour.
size_t halves(const std::vector<uint32_t>& colours, size_t at, size_t size, uint32_t colour) {
  return fewest(colours, at, size / 2, colour) + fewest(colours, at + size / 2, size / 2, colour);
}

/// The fewest routes that give the addresses `at` .. `at + size - 1` their colours where they
/// inherit one, with an unreachable route between two ways: tries everything.
size_t fewest(const std::vector<uint32_t>& colours, size_t at, size_t size, uint32_t inherited) {
  if (size == 1) {
    if (colours[at] == inherited) return 0;
    return colours[at] == kNowhere || inherited == kNowhere ? 1 : 2;
  }
  size_t least = halves(colours, at, size, inherited);
  for (const uint32_t colour : kColours) {
    const size_t price = colour == kNowhere || inherited == kNowhere ? 1 : 2;
    least = std::min(least, price + halves(colours, at, size, colour));
  }
  return least;
}

TEST(PrefixTable, IsRightSafeAndSmallestForEveryColouring) {
  PrefixTable maker;
  for (uint32_t code = 0; code < 6561; ++code) {
    std::vector<uint32_t> colours;
    std::vector<ColouredRange> ranges;
    for (uint32_t i = 0, rest = code; i < 8; ++i, rest /= 3) {
      colours.push_back(kColours[rest % 3]);
      if (ranges.empty() || ranges.back().colour != colours.back()) {
        ranges.push_back({i, colours.back()});
      }
    }
    const std::vector<ColouredPrefix> table = maker.make(0, 29, ranges);
    for (uint32_t i = 0; i < 8; ++i) ASSERT_EQ(lookup(table, i), colours[i]) << code;
    for (size_t lost = 0; lost < table.size(); ++lost) {
      if (table[lost].colour == kNowhere) continue;
      std::vector<ColouredPrefix> left = table;
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(lost));
      for (uint32_t i = 0; i < 8; ++i) {
        const uint32_t colour = lookup(left, i);
        ASSERT_TRUE(colour == colours[i] || colour == kNowhere) << code;
      }
    }
    size_t least = colours.size() + 1;
    for (const uint32_t colour : kColours) {
      least = std::min(least, size_t{1} + halves(colours, 0, 8, colour));
    }
    ASSERT_EQ(table.size(), least) << code;
  }
}

}  // namespace
}  // namespace vinet::plan
