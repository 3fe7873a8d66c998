// PathSearch against paths that carry so much, drop the rest, and say so or not.
//
//     search -- echoes --> path of `carries` bytes -- those that fit --> back
#include "control/path_search.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace vinet::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint32_t kPlanned = 1500;

/// A path, and a search that lives on it.
struct World {
  uint32_t carries = kPlanned;  ///< 0: nothing comes back
  bool reports = false;         ///< it says what was too big
  double loss = 0;
  PathSearch search{kPlanned, kPlanned};
  PathSearch::Time now{seconds(1000)};
  PathSearch::News news;
  size_t echoes = 0, changes = 0;
  std::mt19937 generator{7};

  bool arrives() { return std::uniform_real_distribution(0.0, 1.0)(generator) >= loss; }

  void live(seconds time) {
    for (const auto end = now + time; now < end; now += milliseconds(100)) {
      const PathSearch::Step step = search.advance(now, kPlanned, news);
      if (!step.sizes.empty() || step.in_force) news.reported_bytes = 0;
      if (step.in_force) ++changes;
      if (step.sizes.empty()) continue;
      ASSERT_LE(step.sizes.size(), PathSearch::kSizesOfRound);
      ASSERT_TRUE(std::is_sorted(step.sizes.begin(), step.sizes.end()));
      news = {};
      for (const uint32_t size : step.sizes) {
        ++echoes;
        const bool back = arrives() || arrives();  // each is sent twice
        if (size <= carries && back) news.answered_bytes = std::max(news.answered_bytes, size);
        if (size > carries && carries != 0 && reports) news.reported_bytes = carries;
      }
    }
  }
};

TEST(PathSearch, LeavesAGoodPathAlone) {
  World world;
  world.live(seconds(60));
  EXPECT_EQ(world.search.in_force(), kPlanned);
  EXPECT_EQ(world.changes, 0U);
  EXPECT_LE(world.echoes, 13U) << "one echo a round, a round every 5 s";
}

TEST(PathSearch, FindsEverySizeToTheByte) {
  for (uint32_t carries = PathSearch::kSmallestBytes; carries < kPlanned; ++carries) {
    World world;
    world.live(seconds(6));
    world.carries = carries;
    world.live(seconds(14));
    ASSERT_EQ(world.search.in_force(), carries);
    ASSERT_EQ(world.changes, 1U) << carries;
  }
}

TEST(PathSearch, FollowsAReportAtOnce) {
  for (const uint32_t carries : {1300U, 1499U, 576U, 68U, 1337U}) {
    World world;
    world.live(seconds(1));
    world.carries = carries;
    world.news.reported_bytes = carries;
    world.live(seconds(1));
    EXPECT_EQ(world.search.in_force(), carries);
  }
}

TEST(PathSearch, BelievesNoReportThatEchoesContradict) {
  World world;
  for (int i = 0; i < 20; ++i) {
    world.news.reported_bytes = 576;
    world.live(seconds(1));
  }
  EXPECT_EQ(world.search.in_force(), kPlanned);
  EXPECT_EQ(world.changes, 0U);
}

TEST(PathSearch, SeesThatThePathHasGrown) {
  for (const uint32_t grown : {1301U, 1400U, 1499U, 1500U, 9000U}) {
    World world;
    world.carries = 1300;
    world.live(seconds(20));
    ASSERT_EQ(world.search.in_force(), 1300U);
    world.carries = grown;
    world.live(seconds(10));
    EXPECT_EQ(world.search.in_force(), std::min(grown, kPlanned));
    EXPECT_FALSE(world.search.searching());
  }
}

TEST(PathSearch, LeavesAMutePathAsItIs) {
  World world;
  world.live(seconds(6));
  world.carries = 0;
  world.live(seconds(60));
  EXPECT_EQ(world.search.in_force(), kPlanned);
  EXPECT_LT(world.echoes, 80U) << "it calms down: two echoes each 5 s";
  EXPECT_EQ(world.changes, 0U);
}

TEST(PathSearch, SeesAtOnceWhatAMutePathHasBecome) {
  for (const uint32_t carries : {68U, 576U, 1337U, 1400U, 1499U, 1500U}) {
    World world;
    world.live(seconds(6));
    world.carries = 0;
    world.live(seconds(60));
    world.carries = carries;
    world.live(seconds(10));
    EXPECT_EQ(world.search.in_force(), carries);
    EXPECT_FALSE(world.search.searching());
  }
}

TEST(PathSearch, IsNotMisledForLongByLoss) {
  World world;
  world.loss = 0.2;
  world.live(seconds(600));
  EXPECT_GE(world.search.in_force(), 1280U);
  world.loss = 0;
  world.live(seconds(10));
  EXPECT_EQ(world.search.in_force(), kPlanned);
}

TEST(PathSearch, GoesOnFromWhatIsInForce) {
  World world;
  world.search = PathSearch(kPlanned, 1300);
  world.carries = 1300;
  world.live(seconds(20));
  EXPECT_EQ(world.changes, 0U);
  EXPECT_EQ(world.search.in_force(), 1300U);
}

TEST(PathSearch, IsBoundByThePlan) {
  World world;
  const PathSearch::Step step = world.search.advance(world.now, 1000, {});
  ASSERT_TRUE(step.in_force);
  EXPECT_EQ(*step.in_force, 1000U);
  EXPECT_EQ(step.sizes, (std::vector<uint32_t>{1000}));
}

}  // namespace
}  // namespace vinet::control
