// Programs of another build of vinet, or of nobody, are replaced by the next apply: those of the
// machines that it is about, one after the other, and without touching anything else (faults
// F-133).
#include <gtest/gtest.h>

#include "kernel/fake.h"
#include "slice/lower.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_lab;
using vinet::testing::World;

class Renewal : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world_.machine().apply(lab_, {}));
    ASSERT_TRUE(world_.machine().apply(fig11_, {}));
    whole_ = world_.snapshot();
  }
  std::set<std::string> strayed() {
    std::vector<slice::Slice> want = lab_;
    want.insert(want.end(), fig11_.begin(), fig11_.end());
    return *world_.machine().strayed(want, {});
  }
  /// Filters of a machine whose program is not vinet's.
  size_t outdated(const std::string& machine) {
    const auto tags = *world_.kernel().programs().own_tags();
    const auto filters = *world_.kernel().programs().list_all_filters(machine);
    size_t count = 0;
    for (const auto& filter : filters) {
      if (tags.at(filter.name) != filter.tag) ++count;
    }
    return count;
  }

  World world_ = World::fake();
  plan::BasePlan base_ = make_lab();
  std::vector<slice::Slice> lab_ = slice::lower(base_);
  std::vector<slice::Slice> fig11_ = slice::lower(make_figure11(base_), base_);
  std::string whole_;
};

TEST_F(Renewal, NothingIsDoneWhereProgramsAreOurs) {
  EXPECT_TRUE(strayed().empty());
  const uint64_t before = world_.calls();
  EXPECT_TRUE(world_.machine().apply(fig11_, {})->unchanged());
  EXPECT_EQ(world_.calls(), before);
}

TEST_F(Renewal, OthersAreSeenAndReplaced) {
  kernel::alter_programs(world_.kernel(), "lab.Y");
  EXPECT_GT(outdated("lab.Y"), 1U);
  EXPECT_TRUE(strayed().contains("fig11"));
  const auto applied = world_.machine().apply(fig11_, {});
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(applied->changed, 1U);
  EXPECT_EQ(applied->changes, std::vector<std::string>{"renew the programs of lab.Y"});
  EXPECT_EQ(outdated("lab.Y"), 0U);
  EXPECT_TRUE(strayed().empty());
  EXPECT_EQ(world_.snapshot(), whole_);
}

// F-133: whoever is stopped after k of n leaves old and new ones on the same maps, and the next one
// goes on.
TEST_F(Renewal, StoppedBetweenTwoItGoesOn) {
  kernel::alter_programs(world_.kernel(), "lab.Y");
  const size_t all = outdated("lab.Y");
  for (size_t done = 0; done < all; ++done) {
    kernel::alter_programs(world_.kernel(), "lab.Y");
    world_.fail_call(done + 1, true);
    const auto failed = world_.machine().apply(fig11_, {});
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("programs of lab.Y"), std::string::npos)
        << failed.error().message;
    EXPECT_EQ(outdated("lab.Y"), all - done);
    EXPECT_EQ(world_.snapshot(), whole_);
    world_.fail_none();
    ASSERT_TRUE(world_.machine().apply(fig11_, {}));
    EXPECT_EQ(outdated("lab.Y"), 0U);
    EXPECT_EQ(world_.snapshot(), whole_);
  }
}

}  // namespace
}  // namespace vinet::machine
