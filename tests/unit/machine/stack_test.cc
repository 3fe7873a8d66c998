// Internets on internets, on a real kernel: packets go through all layers, flattened and not, and
// nothing is left behind.
//
//   l1.a ------- l1.m ------- l1.b      each layer's nodes stand on those of the layer below
//    :            :            :
//   lab.X ------ lab.Y ------ lab.Z
#include <gtest/gtest.h>

#include "slice/key_check.h"
#include "slice/lower.h"
#include "unit/machine/scratch.h"
#include "unit/machine/world.h"
#include "unit/plan/builder.h"

namespace vinet::machine {
namespace {

using plan::testing::graph_of;
using plan::testing::Lab;
using plan::testing::Net;
using vinet::testing::ScratchRoot;
using vinet::testing::World;

struct Shape {
  const char* name;
  uint32_t depth;
  bool flatten;
  bool ipv6;
};

/// Every layer is a -- m -- b, with a, m and b on those of the layer below.
plan::Plan plan_of(const Shape& shape) {
  const Lab lab = Lab("lab").machines({"X", "Y", "Z"}).chain({"X", "Y", "Z"});
  std::vector<Net> nets;
  for (uint32_t i = 1; i <= shape.depth; ++i) {
    const bool lowest = i == 1;
    Net net("l" + std::to_string(i), lowest ? "lab" : "l" + std::to_string(i - 1));
    net.host("a", lowest ? "X" : "a").router("m", lowest ? "Y" : "m").host("b", lowest ? "Z" : "b");
    net.chain({"a", "m", "b"});
    net.internet.flatten = shape.flatten;
    net.internet.ipv6 = shape.ipv6;
    nets.push_back(std::move(net));
  }
  Diagnostics diagnostics;
  auto plan = plan::make_plan(graph_of({lab}, nets), {}, {}, diagnostics);
  if (!plan) ADD_FAILURE() << "no plan";
  return plan.value_or(plan::Plan{});
}

class Stack : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    if (!vinet::testing::is_root()) GTEST_SKIP() << "the real kernel needs root";
    world_.emplace(World::real(root_.path()));
  }
  void TearDown() override {
    if (!world_) return;
    for (auto net = plan_.internets.rbegin(); net != plan_.internets.rend(); ++net) {
      const auto removed = world_->machine().remove(net->name, {}, {});
      EXPECT_TRUE(removed) << removed.error().message;
    }
    const auto removed = world_->machine().remove("lab", {}, {});
    EXPECT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(world_->snapshot(), "");
  }

  void up() {
    const auto made = world_->machine().apply(slice::lower(plan_.bases[0]), {});
    ASSERT_TRUE(made) << made.error().message;
    for (const plan::InternetPlan& net : plan_.internets) {
      const auto done = world_->machine().apply(slice::lower(net, plan_), {});
      ASSERT_TRUE(done) << net.name << ": " << done.error().message;
    }
  }

  /// Of all pairs of nodes of each internet, those that got no answer.
  std::vector<std::string> unanswered() {
    std::vector<PingTask> tasks;
    std::vector<std::string> names;
    for (const plan::InternetPlan& net : plan_.internets) {
      for (const plan::NodePlan& from : net.nodes) {
        for (const plan::NodePlan& to : net.nodes) {
          if (&from == &to) continue;
          const std::string name = net.name + "." + from.name;
          tasks.push_back({name, from.identity, to.identity});
          if (from.identity6) tasks.push_back({name, *from.identity6, *to.identity6});
          while (names.size() < tasks.size()) names.push_back(name + " -> " + to.name);
        }
      }
    }
    PingOptions options;
    options.timeout = std::chrono::milliseconds(500);
    options.tries = 2;
    const auto times = world_->machine().ping(tasks, options, {});
    std::vector<std::string> lost;
    if (!times) return {times.error().message};
    for (size_t i = 0; i < times->size(); ++i) {
      if (!(*times)[i]) lost.push_back(names[i]);
    }
    return lost;
  }

  ScratchRoot root_;
  plan::Plan plan_ = plan_of(GetParam());
  std::optional<World> world_;
};

TEST_P(Stack, carries_packets_through_all_layers) {
  up();
  EXPECT_EQ(unanswered(), std::vector<std::string>{});
  const uint64_t calls = world_->calls();
  up();
  EXPECT_EQ(world_->calls(), calls) << "a second look finds something to do";
}

TEST_P(Stack, slices_fit_each_other) {
  std::vector<slice::Slice> all;
  for (const plan::InternetPlan& net : plan_.internets) {
    for (slice::Slice& slice : slice::lower(net, plan_)) all.push_back(std::move(slice));
  }
  for (const slice::KeyFault& fault : slice::check_keys(all)) {
    ADD_FAILURE() << fault.where << ": " << fault.what;
  }
}

std::string name_of(const ::testing::TestParamInfo<Shape>& shape) {
  return shape.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Depths, Stack,
    ::testing::Values(Shape{"two", 2, true, true}, Shape{"two_by_layers", 2, false, true},
                      Shape{"three", 3, true, true}, Shape{"three_by_layers", 3, false, true},
                      Shape{"eight", 8, true, true}, Shape{"eight_by_layers", 8, false, true},
                      Shape{"twenty", 20, true, false}),
    name_of);

}  // namespace
}  // namespace vinet::machine
