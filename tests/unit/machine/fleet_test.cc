// A computer as a machine of a fleet: what is ours in it comes and goes, and nothing else.
#include <gtest/gtest.h>

#include "kernel/fake.h"
#include "machine/local.h"
#include "slice/lower.h"
#include "slice/text.h"
#include "unit/machine/world.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_base;
using vinet::testing::make_figure7;
using vinet::testing::World;

net::Device device(const std::string& name, const std::string& alias = "") {
  net::Device device;
  device.name = name;
  device.alias = alias;
  device.mac = net::mac_from(name);
  return device;
}

class FleetMachine : public ::testing::Test {
 protected:
  void SetUp() override {
    base_.fleet = true;
    for (plan::MachinePlan& machine : base_.machines) machine.daemon = machine.name + ":7411";
    fleet_ = {slice::lower(base_)[0]};
    line_ = {slice::lower(make_figure7(base_), base_)[0]};
    ASSERT_TRUE(links().create_veth("", device("eth0", "the uplink"), "", device("far0")));
    plug_in("eth0", "192.168.0.1");
  }

  kernel::Links& links() { return world_.kernel().links(); }

  void plug_in(const std::string& name, const std::string& address) {
    net::Device up = links().find_device("", name)->device;
    up.up = true;
    ASSERT_TRUE(links().configure_device("", up));
    ASSERT_TRUE(
        links().add_address("", name, {*net::parse_address(address), std::nullopt, uint8_t{24}}));
  }

  /// What the owner has, as the doors show it.
  std::string owners() {
    std::string text;
    const auto devices = links().list_devices("");
    for (const kernel::ObservedDevice& one : *devices) {
      text += one.device.name + " " + one.device.alias + (one.device.up ? " up" : "") +
              (one.device.forwarding ? " forwarding" : "");
      for (const auto& address : one.device.addresses) text += " " + slice::to_string(address);
      text += "\n";
    }
    return text;
  }

  Status up(const std::vector<slice::Slice>& slices) {
    const auto done = world_.machine().apply(slices, {});
    return done ? ok() : Status(done.error());
  }
  Status down(const std::string& owner) {
    const auto done = world_.machine().remove(owner, {}, {});
    return done ? ok() : Status(done.error());
  }
  std::set<std::string> strayed() {
    std::vector<slice::Slice> all = fleet_;
    all.insert(all.end(), line_.begin(), line_.end());
    const auto names = world_.machine().strayed(all, {});
    EXPECT_TRUE(names) << names.error().message;
    return names ? *names : std::set<std::string>();
  }
  std::vector<std::string> attached() {
    return world_.kernel().programs().observe("fleet.X")->base_devices;
  }

  World world_ = World::fake();
  plan::BasePlan base_ = make_base("fleet", {"X", "Y", "Z"}, {});
  std::vector<slice::Slice> fleet_, line_;
};

TEST_F(FleetMachine, gets_what_is_ours_and_gives_it_back) {
  const std::string before = owners();
  ASSERT_TRUE(up(fleet_));
  EXPECT_EQ(*world_.machine().observe(std::vector<std::string>{"fleet"}), [&] {
    std::vector<slice::Slice> expected = fleet_;
    expected[0].base_address = {};
    return expected;
  }());
  const Status made = up(line_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(strayed(), std::set<std::string>());
  EXPECT_EQ(attached(), (std::vector<std::string>{"eth0", "vi_whole"}));
  EXPECT_EQ(*world_.machine().list_owners(), (std::vector<std::string>{"fleet", "line"}));
  EXPECT_EQ(world_.machine().remove("fleet", {}, {}).error().code, Errc::kFailedPrecondition);
  ASSERT_TRUE(down("line"));
  EXPECT_EQ(attached(), std::vector<std::string>());
  ASSERT_TRUE(down("fleet"));
  EXPECT_EQ(owners(), before);
  EXPECT_EQ(world_.snapshot(), World::fake().snapshot());
}

TEST_F(FleetMachine, serves_devices_that_come_and_not_those_that_cannot) {
  ASSERT_TRUE(up(fleet_));
  ASSERT_TRUE(up(line_));
  ASSERT_TRUE(links().create_veth("", device("eth1"), "", device("port0")));
  EXPECT_EQ(strayed(), std::set<std::string>());  // down, and without an address
  plug_in("eth1", "198.51.100.1");
  EXPECT_EQ(strayed(), std::set<std::string>{"line"});
  ASSERT_TRUE(up(line_));
  EXPECT_EQ(attached(), (std::vector<std::string>{"eth0", "eth1", "vi_whole"}));
  // Made anew under its name (F-30).
  ASSERT_TRUE(links().delete_device("", "eth0"));
  EXPECT_EQ(strayed(), std::set<std::string>());
  ASSERT_TRUE(links().create_veth("", device("eth0"), "", device("far0")));
  plug_in("eth0", "192.168.0.1");
  EXPECT_EQ(strayed(), std::set<std::string>{"line"});
  ASSERT_TRUE(up(line_));
  EXPECT_EQ(strayed(), std::set<std::string>());
}

TEST_F(FleetMachine, needs_its_base_address) {
  ASSERT_TRUE(up(fleet_));
  line_[0].base_address = *net::parse_ipv4("192.168.9.9");
  const Status made = up(line_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message,
            "machine fleet.X has no address 192.168.9.9, which the plan says is its base address");
}

TEST_F(FleetMachine, its_owners_changes_are_none_of_ours) {
  ASSERT_TRUE(up(fleet_));
  ASSERT_TRUE(up(line_));
  ASSERT_TRUE(links().add_address("", "lo",
                                  {*net::parse_address("203.0.113.1"), std::nullopt, uint8_t{32}}));
  ASSERT_TRUE(world_.kernel().namespaces().write_settings("fleet.X", {true, true, false, false}));
  net::Device lo = links().find_device("", "lo")->device;
  lo.alias = "of its owner";
  ASSERT_TRUE(links().configure_device("", lo));
  EXPECT_EQ(strayed(), std::set<std::string>());
  CheckRequest request;
  request.owners = {"fleet", "line"};
  request.want = {fleet_[0], line_[0]};
  const auto report = world_.machine().check(request, {});
  ASSERT_TRUE(report);
  for (const Finding& finding : report->findings) ADD_FAILURE() << finding.where << finding.what;
  // What is ours is brought back.
  lo.forwarding = false;
  ASSERT_TRUE(links().configure_device("", lo));
  EXPECT_EQ(strayed(), std::set<std::string>{"fleet"});
  ASSERT_TRUE(up(fleet_));
  EXPECT_EQ(links().find_device("", "lo")->device.alias, "of its owner");
  ASSERT_TRUE(links().delete_device("", net::kPartsDevice));
  EXPECT_EQ(strayed(), (std::set<std::string>{"fleet", "line"}));
  ASSERT_TRUE(up(fleet_));
  ASSERT_TRUE(up(line_));
  EXPECT_EQ(strayed(), std::set<std::string>());
}

// After a failure at any call the kernel holds what it held, the owner's and ours.
TEST_F(FleetMachine, a_failure_at_any_call_leaves_what_was) {
  ASSERT_TRUE(up(fleet_));
  for (uint64_t n = 1;; ++n) {
    const std::string before = world_.snapshot(), owned = owners();
    world_.fail_call(n, false);
    const Status made = up(line_);
    world_.fail_none();
    if (made) {
      EXPECT_GT(n, 20U);
      break;
    }
    EXPECT_EQ(world_.snapshot(), before) << "call " << n;
    EXPECT_EQ(owners(), owned) << "call " << n;
    ASSERT_LT(n, 500U);
  }
}

}  // namespace
}  // namespace vinet::machine
