// Property: whatever two plans say, applying the second over the first gives the second, exactly as
// if it had come first, and applying it again does nothing. On the fake kernel, with random
// internets; the seed is printed.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "slice/lower.h"
#include "slice/text.h"
#include "unit/machine/world.h"
#include "unit/slice/random_plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::random_base;
using vinet::testing::random_internet;
using vinet::testing::random_seed;
using vinet::testing::World;

std::string text_of(const std::vector<slice::Slice>& slices) {
  std::string text;
  for (const auto& slice : slices) text += to_string(slice);
  return text;
}

TEST(ApplyRandom, the_second_plan_over_the_first_is_the_second_plan) {
  constexpr int kRounds = 300;
  std::printf("seed %u\n", random_seed());
  std::mt19937 random(random_seed());
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const plan::BasePlan base = random_base(random);
    const auto lab = slice::lower(base);
    const auto first = slice::lower(random_internet(random, base), base);
    const auto second = slice::lower(random_internet(random, base), base);

    World fresh = World::fake();
    ASSERT_TRUE(fresh.machine().apply(lab, {}));
    const std::string only_lab = fresh.snapshot();
    ASSERT_TRUE(fresh.machine().apply(second, {}));
    EXPECT_EQ(text_of(*fresh.machine().observe({"vi"})), text_of(second));

    World edited = World::fake();
    ASSERT_TRUE(edited.machine().apply(lab, {}));
    ASSERT_TRUE(edited.machine().apply(first, {}));
    const auto changed = edited.machine().apply(second, {});
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_EQ(edited.snapshot(), fresh.snapshot());

    const uint64_t calls = edited.calls();
    EXPECT_TRUE(edited.machine().apply(second, {})->unchanged());
    EXPECT_EQ(edited.calls(), calls);
    ASSERT_TRUE(edited.machine().remove("vi", {}, {}));
    EXPECT_EQ(edited.snapshot(), only_lab);
  }
}

}  // namespace
}  // namespace vinet::machine
