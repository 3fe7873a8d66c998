// Slices become what the kernel holds: wholly, once, again after someone altered it, and away with
// them.
#include <gtest/gtest.h>

#include <functional>

#include "kernel/fake.h"
#include "machine/encode.h"
#include "machine/local.h"
#include "slice/lower.h"
#include "slice/text.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_figure7;
using vinet::testing::make_lab;
using vinet::testing::World;

std::string text_of(const std::vector<slice::Slice>& slices) {
  std::string text;
  for (const auto& slice : slices) text += to_string(slice);
  return text;
}

std::string message(const Result<ApplyReport>& result) {
  return result ? "" : result.error().message;
}

class Apply : public ::testing::Test {
 protected:
  Result<ApplyReport> up(const std::vector<slice::Slice>& slices) {
    return world_.machine().apply(slices, {});
  }
  Result<ApplyReport> down(const std::string& owner) {
    return world_.machine().remove(owner, {}, {});
  }

  World world_ = World::fake();
  plan::BasePlan base_ = make_lab();
  std::vector<slice::Slice> lab_ = slice::lower(base_);
  std::vector<slice::Slice> fig11_ = slice::lower(make_figure11(base_), base_);
};

TEST_F(Apply, kernel_then_holds_what_was_wanted) {
  const auto made = up(lab_);
  ASSERT_TRUE(made) << message(made);
  EXPECT_GT(made->created, 0u);
  EXPECT_EQ(made->deleted, 0u);
  ASSERT_TRUE(up(fig11_));
  EXPECT_EQ(text_of(*world_.machine().observe({"lab", "fig11"})), text_of(lab_) + text_of(fig11_));
  EXPECT_EQ(*world_.machine().list_owners(), (std::vector<std::string>{"fig11", "lab"}));
}

TEST_F(Apply, second_time_changes_nothing) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  const uint64_t before = world_.calls();
  const auto again = up(fig11_);
  ASSERT_TRUE(again) << message(again);
  EXPECT_TRUE(again->unchanged());
  EXPECT_TRUE(up(lab_)->unchanged());
  EXPECT_EQ(world_.calls(), before);
}

// Of a change whose command was killed, and that is taken back.
TEST_F(Apply, names_that_were_half_made_go_and_others_stay) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  const std::string whole = world_.snapshot();
  kernel::leave_empty_file(world_.kernel(), "fig11.Z");
  Options options;
  options.half_made = {"fig11.A", "fig11.Z"};
  const auto applied = world_.machine().apply(fig11_, options);
  ASSERT_TRUE(applied) << message(applied);
  EXPECT_EQ(applied->deleted, 1u);
  EXPECT_EQ(world_.snapshot(), whole);
  kernel::leave_empty_file(world_.kernel(), "fig11.Y");
  EXPECT_TRUE(world_.machine().apply(fig11_, options)->unchanged()) << "nobody said whose it is";
}

// What lies outside of it is neither mended nor taken away, and what lies inside is.
TEST_F(Apply, with_a_scope_only_that_is_looked_at) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  const std::string whole = world_.snapshot();
  auto& links = world_.kernel().links();
  const auto break_lo = [&](const std::string& node) {
    for (const auto& slice : fig11_) {
      for (const auto& space : slice.namespaces) {
        if (space.name != node) continue;
        ASSERT_TRUE(links.delete_address(node, "lo", space.lo_addresses[0]));
      }
    }
  };
  break_lo("fig11.B");
  break_lo("fig11.D");
  Options options;
  options.only = {"fig11.B"};
  const auto mended = world_.machine().apply(fig11_, options);
  ASSERT_TRUE(mended) << message(mended);
  EXPECT_EQ(mended->created, 1u);
  EXPECT_EQ(mended->changed + mended->deleted, 0u);
  EXPECT_NE(world_.snapshot(), whole);
  EXPECT_EQ(up(fig11_)->created, 1u);
  EXPECT_EQ(world_.snapshot(), whole);
}

// A failure inside a scope goes back to what was there, broken things outside included.
TEST_F(Apply, with_a_scope_is_undone_within_it) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  auto changed = fig11_;
  for (auto& slice : changed) {
    for (auto& end : slice.link_ends) end.loss_ppb = 1000;
    for (auto& veth : slice.veths) veth.a.mtu_bytes -= 8;
  }
  const std::string before = world_.snapshot();
  Options options;
  options.only = {"fig11.A", "fig11.B"};
  world_.kernel().calls().set_policy([n = 0](uint64_t, const std::string&) mutable -> Status {
    if (++n == 3) return Error{Errc::kInternal, "by the test"};
    return ok();
  });
  const auto failed = world_.machine().apply(changed, options);
  world_.kernel().calls().set_policy(nullptr);
  ASSERT_FALSE(failed);
  EXPECT_EQ(world_.snapshot(), before);
  const auto applied = world_.machine().apply(changed, options);
  ASSERT_TRUE(applied) << message(applied);
  EXPECT_FALSE(applied->unchanged());
  EXPECT_TRUE(world_.machine().apply(changed, options)->unchanged());
  EXPECT_FALSE(up(changed)->unchanged()) << "the others were left out";
}

TEST_F(Apply, two_internets_side_by_side_go_in_either_order) {
  const auto line = slice::lower(make_figure7(base_), base_);
  const std::string nothing = world_.snapshot();
  for (const auto& [first, second] : {std::pair("fig11", "line"), std::pair("line", "fig11")}) {
    ASSERT_TRUE(up(lab_));
    const std::string only_lab = world_.snapshot();
    ASSERT_TRUE(up(line));
    const std::string with_line = world_.snapshot();
    ASSERT_TRUE(up(fig11_));
    ASSERT_TRUE(down(first));
    if (std::string(first) == "fig11") {
      EXPECT_EQ(world_.snapshot(), with_line);
    }
    ASSERT_TRUE(down(second));
    EXPECT_EQ(world_.snapshot(), only_lab);
    ASSERT_TRUE(down("lab"));
    EXPECT_EQ(world_.snapshot(), nothing);
  }
}

TEST_F(Apply, removing_nothing_is_fine) {
  const auto removed = down("fig11");
  ASSERT_TRUE(removed) << message(removed);
  EXPECT_EQ(removed->deleted, 0u);
}

TEST_F(Apply, a_base_that_carries_an_internet_stays) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  const std::string before = world_.snapshot();
  const auto removed = down("lab");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Errc::kFailedPrecondition);
  EXPECT_NE(removed.error().message.find("fig11"), std::string::npos) << removed.error().message;
  EXPECT_EQ(world_.snapshot(), before);
}

TEST_F(Apply, needs_its_machines) {
  const auto made = up(fig11_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kFailedPrecondition);
  EXPECT_NE(made.error().message.find("lab.X"), std::string::npos) << made.error().message;
  EXPECT_EQ(world_.calls(), 0u);
}

TEST_F(Apply, needs_the_base_address_of_the_plan) {
  ASSERT_TRUE(up(lab_));
  const uint64_t before = world_.calls();
  fig11_[0].base_address = net::Ipv4{0xc0a80063};
  const auto made = up(fig11_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kFailedPrecondition);
  EXPECT_EQ(world_.calls(), before);
}

TEST_F(Apply, a_strangers_namespace_is_refused_before_the_first_change) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(world_.kernel().namespaces().create("fig11.F", "a stranger's"));
  const std::string before = world_.snapshot();
  const uint64_t calls = world_.calls();
  const auto made = up(fig11_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kAlreadyExists);
  EXPECT_NE(made.error().message.find("fig11.F"), std::string::npos);
  EXPECT_EQ(world_.calls(), calls);
  ASSERT_TRUE(down("fig11"));
  EXPECT_EQ(world_.snapshot(), before);
}

TEST_F(Apply, a_strangers_device_is_refused_before_the_first_change) {
  ASSERT_TRUE(up(lab_));
  net::Device one, other;
  one.name = fig11_[0].veths[0].b.name;
  one.mac = net::mac_from("one");
  other.name = "stranger";
  other.mac = net::mac_from("other");
  ASSERT_TRUE(world_.kernel().links().create_veth("lab.X", one, "lab.X", other));
  const std::string before = world_.snapshot();
  const uint64_t calls = world_.calls();
  const auto made = up(fig11_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kAlreadyExists);
  EXPECT_NE(made.error().message.find(one.name), std::string::npos);
  EXPECT_EQ(world_.calls(), calls);
  EXPECT_EQ(world_.snapshot(), before);
}

// faults.md F-94: both numbers are told, and those of others count.
TEST_F(Apply, more_links_than_the_maps_of_a_machine_hold_are_refused_before_the_first_change) {
  const auto fig7 = slice::lower(make_figure7(base_), base_);
  size_t ends = 0, others = 0;  // of one machine
  std::string machine;
  for (const auto& slice : fig11_) {
    for (const auto& other : fig7) {
      if (other.machine != slice.machine || slice.link_ends.size() <= ends) continue;
      ends = slice.link_ends.size();
      others = other.link_ends.size();
      machine = slice.machine;
    }
  }
  ASSERT_GT(others, 0u);
  kernel::limit_links(world_.kernel(), ends + others - 1);
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig7));
  const std::string before = world_.snapshot();
  const uint64_t calls = world_.calls();
  const auto made = up(fig11_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::kResourceExhausted);
  for (const std::string& word :
       {machine, std::to_string(ends + others - 1), std::to_string(ends), std::to_string(others)}) {
    EXPECT_NE(made.error().message.find(word), std::string::npos) << made.error().message;
  }
  EXPECT_EQ(world_.calls(), calls);
  EXPECT_EQ(world_.snapshot(), before);

  kernel::limit_links(world_.kernel(), ends + others);
  EXPECT_TRUE(up(fig11_));
}

TEST_F(Apply, stop_undoes) {
  ASSERT_TRUE(up(lab_));
  const std::string before = world_.snapshot();
  for (const int patience : {0, 1, 5, 20, 60}) {
    int asked = 0;
    Options options;
    options.stop = [&] { return asked++ >= patience; };
    const auto made = world_.machine().apply(fig11_, options);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::kCancelled);
    EXPECT_EQ(world_.snapshot(), before) << "after " << patience << " steps";
  }
}

TEST_F(Apply, progress_is_told) {
  size_t told = 0, total_seen = 0;
  Options options;
  options.progress = [&](const std::string&, size_t done, size_t total) {
    ++told;
    total_seen = total;
    EXPECT_LE(done, 4 * total);
  };
  ASSERT_TRUE(world_.machine().apply(lab_, options));
  EXPECT_GT(told, 0u);
  EXPECT_GT(total_seen, 0u);
}

TEST_F(Apply, an_edit_touches_only_what_it_changes) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  auto edited = make_figure11(base_);
  edited.links[0].rate_bps = 8'000'000;
  const auto changed = up(slice::lower(edited, base_));
  ASSERT_TRUE(changed) << message(changed);
  EXPECT_EQ(changed->deleted, 0u);
  EXPECT_LE(changed->created + changed->changed, 6u);  // both ends: shaping, template
  EXPECT_TRUE(up(slice::lower(edited, base_))->unchanged());
}

TEST_F(Apply, nodes_and_links_that_leave_the_plan_go) {
  ASSERT_TRUE(up(lab_));
  const auto small = make_figure7(base_);
  ASSERT_TRUE(up(slice::lower(small, base_)));
  const std::string only_small = world_.snapshot();
  ASSERT_TRUE(down("line"));
  const auto large = vinet::testing::make_internet(
      "line", 7, base_, {{"A", false, 0}, {"B", true, 1}, {"D", true, 2}, {"G", false, 2}},
      {{0, 1}, {1, 2}, {2, 3}});
  ASSERT_TRUE(up(slice::lower(large, base_)));
  const auto shrunk = up(slice::lower(small, base_));
  ASSERT_TRUE(shrunk) << message(shrunk);
  EXPECT_EQ(world_.snapshot(), only_small);
}

TEST_F(Apply, programs_go_with_the_last_link_of_a_machine) {
  ASSERT_TRUE(up(lab_));
  const std::vector<vinet::testing::NodeSpec> nodes{{"A", false, 0}, {"B", false, 1}};
  const auto apart = slice::lower(vinet::testing::make_internet("two", 5, base_, nodes, {}), base_);
  ASSERT_TRUE(up(apart));
  const std::string without_link = world_.snapshot();
  ASSERT_TRUE(
      up(slice::lower(vinet::testing::make_internet("two", 5, base_, nodes, {{0, 1}}), base_)));
  const auto shrunk = up(apart);
  ASSERT_TRUE(shrunk) << message(shrunk);
  EXPECT_EQ(world_.snapshot(), without_link);
}

TEST_F(Apply, a_node_may_move_to_another_machine) {
  ASSERT_TRUE(up(lab_));
  auto moved = make_figure7(base_);
  ASSERT_TRUE(up(slice::lower(moved, base_)));
  moved.nodes[0].machine = {2};
  moved.links[0].a.base_address = base_.machines[2].base_address;
  const auto slices = slice::lower(moved, base_);
  const auto changed = up(slices);
  ASSERT_TRUE(changed) << message(changed);
  EXPECT_EQ(text_of(*world_.machine().observe({"line"})), text_of(slices));
}

TEST_F(Apply, counters_are_told_by_link_and_node) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  const auto counters = *world_.machine().counters({"fig11"});
  ASSERT_EQ(counters.size(), 10u + 3u);
  EXPECT_EQ(counters[0].owner, "fig11");
  EXPECT_EQ(counters[0].machine, "lab.X");
  EXPECT_EQ(counters[0].link, "A-B");
  EXPECT_EQ(counters[0].node, "A");
  EXPECT_EQ(counters.back().owner, "lab");
  EXPECT_TRUE(counters.back().link.empty());
}

TEST_F(Apply, nothing_to_send_echoes_with_on_a_fake_kernel) {
  ASSERT_TRUE(up(lab_));
  ASSERT_TRUE(up(fig11_));
  const PingTask task{"fig11.A", net::Ipv4{0x7f000001}, net::Ipv4{0x7f000001}};
  const auto pinged = world_.machine().ping({task}, {}, {});
  ASSERT_FALSE(pinged);
  EXPECT_EQ(pinged.error().code, Errc::kUnimplemented);
  EXPECT_EQ(world_.machine().probe(task, 64, std::chrono::milliseconds(10)).error().code,
            Errc::kUnimplemented);
}

}  // namespace
}  // namespace vinet::machine
