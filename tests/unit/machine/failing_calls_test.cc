// Every n-th call made to fail, once and from then on, while internets are brought up, repaired and
// taken down: all or nothing afterwards (research: every point between two kernel calls is met).
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

#include "slice/lower.h"
#include "unit/machine/scratch.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_lab;
using vinet::testing::ScratchRoot;
using vinet::testing::World;

/// One verb on one starting state.
struct Verb {
  const char* name;
  std::function<Status(World&)> prepare;
  std::function<Status(World&)> run;
  bool removes = false;
};

Status done(const Result<ApplyReport>& result) {
  return result ? ok() : Status(result.error());
}

const plan::BasePlan& base() {
  static const plan::BasePlan plan = make_lab();
  return plan;
}
const std::vector<slice::Slice>& lab() {
  static const std::vector<slice::Slice> slices = slice::lower(base());
  return slices;
}
const std::vector<slice::Slice>& fig11() {
  static const std::vector<slice::Slice> slices = slice::lower(make_figure11(base()), base());
  return slices;
}

Status up_lab(World& world) {
  return done(world.machine().apply(lab(), {}));
}
Status up_fig11(World& world) {
  return done(world.machine().apply(fig11(), {}));
}
Status up_both(World& world) {
  TRY(up_lab(world));
  return up_fig11(world);
}

/// Things that come back one by one, so that a repair has many points to fail at.
Status damage(World& world) {
  const slice::Veth& veth = fig11()[1].veths[0];
  kernel::Links& links = world.kernel().links();
  net::Device device = links.find_device(veth.a_namespace, veth.a.name)->device;
  device.mtu_bytes = 1300;
  device.forwarding = false;
  TRY(links.configure_device(veth.a_namespace, device));
  TRY(links.delete_route("fig11.B", fig11()[1].namespaces[0].routes[0]));
  TRY(links.delete_address("fig11.B", "lo", fig11()[1].namespaces[0].lo_addresses[0]));
  TRY(world.kernel().programs().detach_base("lab.Y", "X"));
  auto settings = *world.kernel().namespaces().read_settings("fig11.D");
  settings.ipv6_forwarding = false;
  return world.kernel().namespaces().write_settings("fig11.D", settings);
}

/// An edit of the plan: one node less, another link slower.
Status edit(World& world) {
  auto plan = vinet::testing::make_internet(
      "fig11", 11, base(),
      {{"A", false, 0}, {"B", true, 1}, {"C", true, 2}, {"D", true, 1}, {"E", true, 2}},
      {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
  plan.links[0].rate_bps = 8'000'000;
  return done(world.machine().apply(slice::lower(plan, base()), {}));
}

const Verb kVerbs[] = {
    {"up_base", [](World&) { return ok(); }, up_lab},
    {"up_internet", up_lab, up_fig11},
    {"repair",
     [](World& world) -> Status {
       TRY(up_both(world));
       return damage(world);
     },
     up_fig11},
    {"change", up_both, edit},
    {"down_internet", up_both,
     [](World& world) { return done(world.machine().remove("fig11", {}, {})); }, true},
    {"down_base", up_lab, [](World& world) { return done(world.machine().remove("lab", {}, {})); },
     true},
};

/// All namespaces of figure 11 and its lab go, whatever state they are in.
void clean(World& world) {
  world.fail_none();
  for (const char* owner : {"fig11", "lab"}) {
    const auto removed = world.machine().remove(owner, {}, {});
    EXPECT_TRUE(removed) << removed.error().message;
  }
  EXPECT_EQ(world.snapshot(), "");
}

struct Point {
  uint64_t n;
  bool from_then_on;
};

/// Returns whether everything was as it must be.
bool check(const Verb& verb, World& world, const Point& point) {
  const auto prepared = verb.prepare(world);
  EXPECT_TRUE(prepared) << prepared.error().message;
  const std::string before = world.snapshot();
  world.fail_call(point.n, point.from_then_on);
  const Status status = verb.run(world);
  world.fail_none();
  const std::string after = world.snapshot();

  bool good = true;
  const auto require = [&](bool condition, const char* what) {
    if (condition) return;
    good = false;
    ADD_FAILURE() << verb.name << ", call " << point.n
                  << (point.from_then_on ? " and all after" : "") << ": " << what
                  << (status ? "" : "\n" + status.error().message) << "\nbefore\n"
                  << before << "after\n"
                  << after;
  };
  if (status) {
    // Nothing was hit, or a second try has helped: then the work must be done.
    require(verb.run(world).has_value() && world.snapshot() == after, "said done, but it was not");
  } else if (!point.from_then_on && !verb.removes) {
    require(after == before, "failed, but something has changed");
  } else if (after != before) {
    const std::string& text = status.error().message;
    require(
        text.find("undo: ") != std::string::npos || text.find("not all of ") != std::string::npos,
        "what is left is not said");
  }
  if (!status)
    require(status.error().message.find("injected") != std::string::npos, "the cause is not said");
  if (verb.removes && !point.from_then_on)
    require(status.has_value(), "one failure kept it from removing");
  return good;
}

uint64_t count_calls(const Verb& verb, World& world) {
  EXPECT_TRUE(verb.prepare(world));
  const uint64_t before = world.calls();
  const Status status = verb.run(world);
  EXPECT_TRUE(status) << status.error().message;
  return world.calls() - before;
}

void report(const char* kernel, const Verb& verb, size_t points, size_t passed) {
  std::printf("%s kernel, %s: %zu points, %zu passed\n", kernel, verb.name, points, passed);
}

class FailingCalls : public ::testing::TestWithParam<Verb> {};

TEST_P(FailingCalls, fake_every_point) {
  World count = World::fake();
  const uint64_t calls = count_calls(GetParam(), count);
  EXPECT_GT(calls, 5u);
  size_t points = 0, passed = 0;
  for (uint64_t n = 1; n <= calls; ++n) {
    for (const bool from_then_on : {false, true}) {
      World world = World::fake();
      ++points;
      passed += check(GetParam(), world, {n, from_then_on}) ? 1 : 0;
      clean(world);
    }
  }
  report("fake", GetParam(), points, passed);
  EXPECT_EQ(passed, points);
}

TEST_P(FailingCalls, real_sample) {
  if (!vinet::testing::is_root()) GTEST_SKIP() << "the real kernel needs root";
  constexpr uint64_t kSamples = 6;
  uint64_t calls = 0;
  {
    const ScratchRoot root;
    World world = World::real(root.path());
    calls = count_calls(GetParam(), world);
    clean(world);
  }
  size_t points = 0, passed = 0;
  for (uint64_t i = 0; i < kSamples; ++i) {
    const ScratchRoot root;
    World world = World::real(root.path());
    ++points;
    const Point point{1 + i * (calls - 1) / (kSamples - 1), i % 3 == 2};
    passed += check(GetParam(), world, point) ? 1 : 0;
    clean(world);
  }
  report("real", GetParam(), points, passed);
  EXPECT_EQ(passed, points);
}

INSTANTIATE_TEST_SUITE_P(Verbs, FailingCalls, ::testing::ValuesIn(kVerbs),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace vinet::machine
