// PathKeeper over a machine that records what it is asked to do.
//
//     lab.X -- A-B, C-D --> lab.Y     both links count on 1,500 bytes
#include "control/path_keeper.h"

#include <gtest/gtest.h>

#include "fake_machine.h"

namespace vinet::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr net::Ipv4 kX{1}, kY{2};

slice::LinkEnd end_to(net::Ipv4 near, net::Ipv4 far, uint32_t link, uint32_t mtu_bytes) {
  slice::LinkEnd end;
  end.backside = "v" + std::to_string(link);
  end.base_source = near;
  end.base_destination = far;
  end.link_source = net::Ipv4{link};
  end.link_destination = net::Ipv4{link + 1};
  end.mtu_bytes = end.whole_bytes = mtu_bytes;
  return end;
}

class PathKeeperTest : public ::testing::Test {
 protected:
  PathKeeperTest()
      : keeper([this](const std::string& at, const std::string& text) {
          told.push_back(at + ": " + text);
        }) {
    slices.resize(2);
    slices[0].machine = "lab.X";
    slices[0].base_address = kX;
    slices[0].link_ends = {end_to(kX, kY, 10, 1460), end_to(kX, kY, 20, 1400)};
    slices[1].machine = "lab.Y";
    slices[1].base_address = kY;
    slices[1].link_ends = {end_to(kY, kX, 11, 1460)};
    slices[1].link_ends[0].local = false;
  }
  /// The path from Y is good all the time.
  void tend() {
    if (const machine::PathOrder* y = order("lab.Y")) answer(*y, 1500);
    machine.path_orders.clear();
    ASSERT_TRUE(keeper.tend(machine, slices, now));
    now += milliseconds(300);
  }
  const machine::PathOrder* order(const std::string& at) const {
    for (const auto& one : machine.path_orders) {
      if (one.machine == at) return &one;
    }
    return nullptr;
  }
  /// What comes back of the echoes of this order, on a path of so many bytes.
  void answer(const machine::PathOrder& order, uint32_t carries) {
    machine::PathReport report;
    report.machine = order.machine;
    report.far = order.far;
    report.in_force_bytes = order.in_force_bytes;
    report.nonce = order.nonce;
    for (const uint32_t size : order.sizes) {
      if (size <= carries) report.answered_bytes = size;
    }
    machine.path_reports.push_back(report);
  }

  FakeMachine machine;
  std::vector<std::string> told;
  PathKeeper keeper;
  std::vector<slice::Slice> slices;
  PathKeeper::Clock::time_point now{seconds(100)};
};

TEST_F(PathKeeperTest, TriesEachPathOnceHoweverManyLinksItCarries) {
  tend();
  ASSERT_EQ(machine.path_orders.size(), 2U);
  const machine::PathOrder* x = order("lab.X");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->near, kX);
  EXPECT_EQ(x->far, kY);
  EXPECT_EQ(x->link_source, net::Ipv4{10});
  EXPECT_EQ(x->link_destination, net::Ipv4{11});
  EXPECT_EQ(x->sizes, (std::vector<uint32_t>{1500}));
  EXPECT_EQ(x->in_force_bytes, 0U);
  EXPECT_NE(x->nonce, 0U);
}

TEST_F(PathKeeperTest, PutsInForceWhatAReportLedToAndSaysSo) {
  tend();
  answer(*order("lab.X"), 1500);
  tend();
  machine::PathReport report;
  report.machine = "lab.X";
  report.far = kY;
  report.reported_bytes = 1300;
  machine.path_reports = {report};
  tend();
  ASSERT_NE(order("lab.X"), nullptr);
  EXPECT_TRUE(keeper.searching());
  answer(*order("lab.X"), 1300);
  tend();
  ASSERT_NE(order("lab.X"), nullptr);
  EXPECT_EQ(order("lab.X")->in_force_bytes, 1300U);
  EXPECT_FALSE(keeper.searching());
  EXPECT_EQ(told, (std::vector<std::string>{
                      "lab.X: the base path to lab.Y carries 1300 bytes; planned were 1500"}));
}

TEST_F(PathKeeperTest, CountsNoAnswerToOtherEchoes) {
  tend();
  machine::PathOrder forged = *order("lab.X");
  forged.nonce ^= 1;
  for (int i = 0; i < 30; ++i) {
    answer(forged, 1500);
    tend();
  }
  EXPECT_TRUE(told.empty()) << "a path without answers is left as it is";
  EXPECT_EQ(keeper.searching(), false);
}

TEST_F(PathKeeperTest, ForgetsAPathThatNoLinkTakes) {
  machine::PathReport report;
  report.machine = "lab.X";
  report.far = net::Ipv4{77};
  report.in_force_bytes = 1300;
  machine.path_reports = {report};
  tend();
  bool forgotten = false;
  for (const auto& one : machine.path_orders) {
    if (one.far == net::Ipv4{77}) forgotten = one.sizes.empty() && one.in_force_bytes == 0;
  }
  EXPECT_TRUE(forgotten);
}

}  // namespace
}  // namespace vinet::control
