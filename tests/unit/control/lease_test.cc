// Leases: which clock counts.
#include "control/lease.h"

#include <gtest/gtest.h>

namespace vinet::control {
namespace {

constexpr uint64_t kDay = 86'400;
const Clocks kNow{"this boot", 1000, 1'800'000'000'000'000};

TEST(Lease, CountsDown) {
  const LeaseEnd end = lease_end(kNow, 60);
  Clocks now = kNow;
  EXPECT_EQ(remaining_s(end, now), 60U);
  now.boottime_s += 59;
  EXPECT_EQ(remaining_s(end, now), 1U);
  now.boottime_s += 1;
  EXPECT_EQ(remaining_s(end, now), 0U);
  now.boottime_s += 100;
  EXPECT_EQ(remaining_s(end, now), 0U);
}

TEST(Lease, F75WhoeverSetsTheCalendarChangesNoLease) {
  const LeaseEnd end = lease_end(kNow, 60);
  Clocks now = kNow;
  now.wall_us += kDay * 1'000'000;
  EXPECT_EQ(remaining_s(end, now), 60U);
  now.wall_us = 0;
  EXPECT_EQ(remaining_s(end, now), 60U);
}

TEST(Lease, F77TimesOfAnotherBootAreNotCompared) {
  const LeaseEnd end = lease_end(kNow, 600);
  Clocks now = kNow;
  now.boot = "the next boot";
  now.boottime_s = 0;
  now.wall_us += uint64_t{100} * 1'000'000;
  EXPECT_EQ(remaining_s(end, now), 500U);
  now.boottime_s = 1'000'000;
  EXPECT_EQ(remaining_s(end, now), 500U);
}

TEST(Lease, TheClocksAreThoseOfThisBoot) {
  const Clocks first = read_clocks(), second = read_clocks();
  EXPECT_EQ(first.boot.size(), 36U);
  EXPECT_EQ(first.boot, second.boot);
  EXPECT_LE(first.boottime_s, second.boottime_s);
  EXPECT_GT(first.wall_us, uint64_t{1'700'000'000} * 1'000'000);
}

}  // namespace
}  // namespace vinet::control
