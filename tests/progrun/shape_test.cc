// Loss and rate of a link.
#include <ctime>

#include "fixture.h"

namespace vinet::progrun {
namespace {

uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

class Shape : public Programs {
 protected:
  vi_link link = link_of(link_to(kNear));
};

TEST_F(Shape, LossIsTheSeedsDraws) {
  for (const uint64_t seed : {0ULL, 42ULL, 0xffff'ffff'ffff'ffffULL}) {
    SCOPED_TRACE(seed);
    link.loss_of_4g = 0x4000'0000;  // one in four
    link.seed = seed;
    m.reset();
    m.add_link(m.backside(1), link);
    m.add_shape(m.backside(1), {});
    uint64_t lost = 0;
    for (uint64_t n = 0; n < 2000; ++n) {
      const bool gone = model::lost(seed, n, link.loss_of_4g);
      lost += gone ? 1 : 0;
      ASSERT_EQ(send(ipv4(100)).verdict, gone ? kShot : kRedirect) << n;
    }
    EXPECT_EQ(drops(m.backside(1), VI_DROP_LOSS), lost);
    EXPECT_NEAR(static_cast<double>(lost), 500, 100);  // 5 sigma
  }
}

TEST_F(Shape, AllLost) {
  link.loss_of_4g = 0xffff'ffff;
  m.add_link(m.backside(1), link);
  m.add_shape(m.backside(1), {});
  for (int n = 0; n < 100; ++n) EXPECT_EQ(send(ipv4(100)).verdict, kShot);
}

TEST_F(Shape, LossOrRateWithoutStateIsNoLink) {
  link.rate_bytes_per_s = 1'000'000;
  link.burst_bytes = 10'000;
  m.add_link(m.backside(1), link);
  EXPECT_EQ(send(ipv4(100)).verdict, kShot);
  EXPECT_EQ(drops(m.backside(1), VI_DROP_NO_LINK), 1U);
}

TEST_F(Shape, BurstThenNothing) {
  link.rate_bytes_per_s = 1;  // nothing to speak of comes in while the test runs
  link.burst_bytes = 3000;
  m.add_link(m.backside(1), link);
  m.add_shape(m.backside(1), {3000, now_ns(), 0});
  EXPECT_EQ(send(ipv4(1400)).verdict, kRedirect);
  EXPECT_EQ(send(ipv4(1400)).verdict, kRedirect);
  EXPECT_EQ(send(ipv4(1400)).verdict, kShot) << "200 bytes and some are left";
  EXPECT_EQ(send(ipv4(200)).verdict, kRedirect) << "for which a small one is small enough";
  EXPECT_EQ(send(ipv4(200)).verdict, kShot);
  EXPECT_EQ(drops(m.backside(1), VI_DROP_RATE), 2U);
}

TEST_F(Shape, NeverMoreThanABurst) {
  link.rate_bytes_per_s = 1;
  link.burst_bytes = 1000;
  m.add_link(m.backside(1), link);
  m.add_shape(m.backside(1), {0, 1, 0});  // idle since the machine started
  int sent = 0;
  for (int n = 0; n < 40; ++n) sent += send(ipv4(100)).verdict == kRedirect ? 1 : 0;
  EXPECT_LE(sent, 10);
}

TEST_F(Shape, APacketAboveTheBurstWaitsForAFullBucketAndLeavesADebt) {
  link.rate_bytes_per_s = 100;
  link.burst_bytes = 500;
  m.add_link(m.backside(1), link);
  const uint64_t now = now_ns();
  m.add_shape(m.backside(1), {500, now, 0});
  EXPECT_EQ(send(ipv4(1400)).verdict, kRedirect);
  EXPECT_EQ(send(ipv4(20)).verdict, kShot) << "900 bytes of debt are 9 seconds";
  m.add_shape(m.backside(1), {-900, now - 9'300'000'000, 0});
  EXPECT_EQ(send(ipv4(20)).verdict, kRedirect) << "which have passed here, and 30 bytes more";
  EXPECT_EQ(send(ipv4(20)).verdict, kShot);
}

TEST_F(Shape, HighRatesDoNotOverflow) {
  link.rate_bytes_per_s = 12'500'000'000;  // 100 Gbit/s
  link.burst_bytes = 1'000'000;
  m.add_link(m.backside(1), link);
  m.add_shape(m.backside(1), {0, now_ns() - 999'999'999, 0});
  EXPECT_EQ(send(ipv4(1400)).verdict, kRedirect);
}

// A second of a steady load at twice the rate, by a clock that the test turns back instead of
// waiting.
TEST_F(Shape, HalfOfTwiceTheRatePasses) {
  link.rate_bytes_per_s = 125'000;
  link.burst_bytes = 2000;
  m.add_link(m.backside(1), link);
  int64_t tokens = 0;
  int sent = 0;
  for (int n = 0; n < 2500; ++n) {  // 100 bytes each 400 us
    m.add_shape(m.backside(1), {tokens, now_ns() - 400'000, 0});
    const bool passed = send(ipv4(100)).verdict == kRedirect;
    sent += passed ? 1 : 0;
    tokens += 50 - (passed ? 100 : 0);  // what the bucket must hold now, but for the run's own time
  }
  EXPECT_GE(sent, 1250);
  EXPECT_LE(sent, 1250 + 200);
}

}  // namespace
}  // namespace vinet::progrun
