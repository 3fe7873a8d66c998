// In which order the map entries of several machines are put and erased: no end sends what the
// other machine does not know as its own. (What it does not know passes to that machine's own
// stack.)
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "slice/lower.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_internet;
using vinet::testing::make_lab;
using vinet::testing::World;

class Order : public ::testing::Test {
 protected:
  void SetUp() override {
    world.kernel().calls().set_policy([this](uint64_t, const std::string& what) -> Status {
      calls.push_back(what);
      return ok();
    });
    ASSERT_TRUE(world.machine().apply(slice::lower(base), {}));
    ASSERT_TRUE(world.machine().apply(slice::lower(make_figure11(base), base), {}));
  }
  /// Places of the first and the last call that starts so; `none` and -1 without one.
  long first(const std::string& name) const {
    for (size_t i = 0; i < calls.size(); ++i)
      if (calls[i].rfind("programs." + name + " ", 0) == 0) return static_cast<long>(i);
    return static_cast<long>(calls.size());
  }
  long last(const std::string& name) const {
    for (size_t i = calls.size(); i > 0; --i)
      if (calls[i - 1].rfind("programs." + name + " ", 0) == 0) return static_cast<long>(i - 1);
    return -1;
  }
  void expect_order() const {
    EXPECT_LT(last("erase_link"), first("erase_key"));
    EXPECT_LT(last("erase_link"), first("erase_own"));
    EXPECT_LT(last("put_key"), first("put_link"));
    EXPECT_LT(last("put_own"), first("put_link"));
    EXPECT_LT(last("erase_own"), first("put_own"));
  }

  const plan::BasePlan base = make_lab();
  World world = World::fake();
  std::vector<std::string> calls;
};

TEST_F(Order, KnownBeforeItSends) {
  EXPECT_GE(last("put_link"), 0);
  expect_order();
}

TEST_F(Order, SilentBeforeItIsForgotten) {
  calls.clear();
  ASSERT_TRUE(world.machine().remove("fig11", {}, {}));
  EXPECT_GE(last("erase_link"), 0);
  expect_order();
}

// Other machines for the same names: every link changes its key.
TEST_F(Order, OfAChange) {
  calls.clear();
  auto plan = make_internet(
      "fig11", 11, base,
      {{"A", false, 1}, {"B", true, 2}, {"C", true, 0}, {"D", true, 2}, {"E", true, 0}},
      {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
  ASSERT_TRUE(world.machine().apply(slice::lower(plan, base), {}));
  EXPECT_GE(last("erase_link"), 0);
  EXPECT_GE(last("put_link"), 0);
  expect_order();
}

}  // namespace
}  // namespace vinet::machine
