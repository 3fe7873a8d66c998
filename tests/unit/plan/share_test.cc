// Shares: what is refused, and numbers that come from names alone.
#include "plan/share.h"

#include <gtest/gtest.h>

#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

struct ShareCase {
  const char* name;
  uint64_t rate_bps;   // of every base link
  uint64_t first_bps;  // shares of two internets
  uint64_t second_bps;
  bool htb;
  const char* error;  // "" is fine
};

class Share : public ::testing::TestWithParam<ShareCase> {};

TEST_P(Share, FitsIntoTheLinksOfItsBase) {
  const ShareCase& c = GetParam();
  Lab lab = row();
  for (auto& link : lab.base.links) link.rate_bps = c.rate_bps;
  Net first = figure11("first"), second = figure11("second");
  first.internet.share_bps = c.first_bps;
  second.internet.share_bps = c.second_bps;
  Inventory inventory;
  inventory.features.htb = c.htb;
  Diagnostics diagnostics;
  const auto plan = make_plan(graph_of({lab}, {first, second}), inventory, {}, diagnostics);
  const std::string error = c.error;
  EXPECT_EQ(plan.has_value(), error.empty());
  std::string messages;
  for (const Diagnostic& diagnostic : diagnostics.all()) messages += diagnostic.message + "\n";
  EXPECT_NE(messages.find(error), std::string::npos) << messages;
  if (plan) {
    EXPECT_EQ(plan->internets[1].share_bps, c.second_bps);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Share,
    ::testing::Values(
        ShareCase{"none", 0, 0, 0, false, ""},
        ShareCase{"fits", 100'000'000, 70'000'000, 30'000'000, true, ""},
        ShareCase{"too_much", 100'000'000, 70'000'000, 30'000'001, true, "whose rate is 100mbit"},
        ShareCase{"alone_too_much", 100'000'000, 0, 200'000'000, true, "shares of 200mbit on link"},
        ShareCase{"no_rate", 0, 1'000'000, 0, true, "which has no `rate`"},
        ShareCase{"no_htb", 100'000'000, 1'000'000, 0, false, "htb queueing discipline"}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(ShareId, IsOfTheNameAndNeverAClassOfOurOwn) {
  EXPECT_EQ(share_id("fig11"), share_id("fig11"));
  EXPECT_NE(share_id("fig11"), share_id("fig12"));
  for (int i = 0; i < 10'000; ++i) {
    const uint16_t id = share_id("net" + std::to_string(i));
    ASSERT_GE(id, net::kFirstShare);
    ASSERT_LT(id, 0xfff0);
  }
}

}  // namespace
}  // namespace vinet::plan::testing
