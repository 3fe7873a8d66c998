// MTUs: what the base path carries, and the arithmetic of what it does not.
#include <gtest/gtest.h>

#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

using MaybeMtu = std::optional<uint32_t>;

struct MtuCase {
  const char* name;
  uint32_t base_mtu;      // of the base link X-Y
  MaybeMtu link_mtu;      // written on the link
  MaybeMtu internet_mtu;  // written on the internet
  bool ipv6;
  MaybeMtu expected;    // nothing: refused
  const char* message;  // what the refusal says
};

class MtuTest : public ::testing::TestWithParam<MtuCase> {};

//   A at X ---- B at Y
TEST_P(MtuTest, OfALink) {
  const MtuCase& c = GetParam();
  Lab lab = Lab("lab").machines({"X", "Y"}).link("X", "Y");
  lab.last().mtu_bytes = c.base_mtu;
  Net net = Net("n").host("A", "X").host("B", "Y").link("A", "B");
  net.last().mtu_bytes = c.link_mtu;
  net.last().ipv6 = c.ipv6 ? std::optional<bool>() : false;
  net.internet.mtu_bytes = c.internet_mtu;
  Diagnostics diagnostics;
  const auto plan = make_plan(graph_of({lab}, {net}), {}, {}, diagnostics);
  ASSERT_EQ(plan.has_value(), c.expected.has_value()) << all_text(diagnostics);
  if (plan) {
    EXPECT_EQ(plan->internets[0].links[0].mtu_bytes, *c.expected);
  } else {
    EXPECT_NE(all_text(diagnostics).find(c.message), std::string::npos) << all_text(diagnostics);
  }
}

constexpr auto kNo = std::nullopt;
INSTANTIATE_TEST_SUITE_P(
    All, MtuTest,
    ::testing::Values(
        MtuCase{"default_", 1500, kNo, kNo, true, 1460, ""},
        MtuCase{"jumbo", 9000, kNo, kNo, true, 8960, ""},
        MtuCase{"more_than_can_be_pushed", 65535, kNo, kNo, true, 15960, ""},
        MtuCase{"written", 1500, 1400, kNo, true, 1400, ""},
        MtuCase{"written_just_fits", 1500, 1460, kNo, true, 1460, ""},
        MtuCase{"written_too_large", 1500, 1461, kNo, true, kNo,
                "1500 - 20 (base) - 20 (link) = 1460"},
        MtuCase{"of_the_internet", 1500, kNo, 1300, true, 1300, ""},
        MtuCase{"link_over_internet", 1500, 1350, 1300, true, 1350, ""},
        MtuCase{"internet_too_large", 1500, kNo, 1500, true, kNo,
                "more than its base path carries"},
        MtuCase{"least_for_ipv6", 1320, kNo, kNo, true, 1280, ""},
        MtuCase{"too_small_for_ipv6", 1319, kNo, kNo, true, kNo,
                "1319 - 20 (base) - 20 (link) = 1279"},
        MtuCase{"written_too_small_for_ipv6", 1500, 1279, kNo, true, kNo, "`ipv6 = off`"},
        MtuCase{"without_ipv6", 1319, kNo, kNo, false, 1279, ""},
        MtuCase{"least_for_ipv4", 108, kNo, kNo, false, 68, ""},
        MtuCase{"too_small_for_ipv4", 107, kNo, kNo, false, kNo,
                "107 - 20 (base) - 20 (link) = 67"},
        MtuCase{"written_too_small_for_ipv4", 1500, 67, kNo, false, kNo, "IPv4 needs 68"}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(Mtu, InsideOneMachineIsTheMachinesLessTheOverhead) {
  const Lab lab = Lab("lab").machines({"X"}, 9000).machines({"Y"}).link("X", "Y");
  const Net net = Net("n").host("A", "X").host("B", "X").host("C", "Y").chain({"A", "B", "C"});
  const Plan plan = planned(graph_of({lab}, {net}));
  EXPECT_TRUE(plan.internets[0].links[0].local);
  EXPECT_EQ(plan.internets[0].links[0].mtu_bytes, 8960U);
  EXPECT_EQ(plan.internets[0].links[0].overhead_bytes, 40U);
  EXPECT_EQ(plan.internets[0].links[1].mtu_bytes, 1460U);
}

//     X ---- Y      one of the three links carries 1400; packets may take each if another goes down
//      \    /
//        Z
TEST(Mtu, CountsTheAlternates) {
  for (size_t small = 0; small < 3; ++small) {
    Lab lab = Lab("lab").machines({"X", "Y", "Z"}, 9000).chain({"X", "Y", "Z", "X"});
    lab.base.links[small].mtu_bytes = 1400;
    const Net net = Net("n").host("A", "X").host("B", "Y").link("A", "B");
    EXPECT_EQ(planned(graph_of({lab}, {net})).internets[0].links[0].mtu_bytes, 1360U) << small;
  }
}

TEST(Mtu, NeedsABasePath) {
  const Lab lab = Lab("lab").machines({"X", "Y"});
  const Net net = Net("n").host("A", "X").host("B", "Y").link("A", "B");
  Diagnostics diagnostics;
  EXPECT_FALSE(make_plan(graph_of({lab}, {net}), {}, {}, diagnostics));
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_EQ(diagnostics.all()[0].span, net.internet.links[0].span);
  EXPECT_NE(diagnostics.all()[0].message.find("base 'lab' has none"), std::string::npos);
}

}  // namespace
}  // namespace vinet::plan::testing
