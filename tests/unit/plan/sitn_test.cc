// The proof of SITN finds what planning never makes.
#include "plan/sitn.h"

#include <gtest/gtest.h>

#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

struct ClashCase {
  const char* name;
  void (*spoil)(Plan&);
  const char* expected;  // part of the counter-example; "" where there is none
};

class SitnTest : public ::testing::TestWithParam<ClashCase> {};

TEST_P(SitnTest, FindsACounterExample) {
  Plan plan = planned(graph_of({row()}, {figure11("one"), figure11("two")}));
  ASSERT_FALSE(check_sitn(plan, {}));
  GetParam().spoil(plan);
  const auto clash = check_sitn(plan, {});
  if (std::string(GetParam().expected).empty()) {
    EXPECT_FALSE(clash) << clash->what;
  } else {
    ASSERT_TRUE(clash);
    EXPECT_NE(clash->what.find(GetParam().expected), std::string::npos) << clash->what;
  }
}

NodePlan& node(Plan& plan, size_t internet, size_t i) {
  return plan.internets[internet].nodes[i];
}

INSTANTIATE_TEST_SUITE_P(
    All, SitnTest,
    ::testing::Values(
        ClashCase{"base_address_twice",
                  [](Plan& p) {
                    p.bases[0].machines[1].base_address = p.bases[0].machines[0].base_address;
                  },
                  "192.168.0.1/32 of machine 'lab.X' and 192.168.0.1/32 of machine 'lab.Y'"},
        ClashCase{
            "base_link_has_a_base_address",
            [](Plan& p) { p.bases[0].links[0].a.address = p.bases[0].machines[2].base_address; },
            "base link 'lab.X-Y'"},
        ClashCase{"link_address_twice_on_a_machine",
                  [](Plan& p) {
                    p.internets[1].links[0].a.link_address = p.internets[0].links[0].b.link_address;
                  },
                  "link address 172.16.0.1 of link 'one.A-B' and of link 'two.A-B'"},
        ClashCase{"link_with_one_address",
                  [](Plan& p) {
                    p.internets[0].links[0].a.link_address = p.internets[0].links[0].b.link_address;
                  },
                  "both ends of link 'one.A-B' have one address"},
        ClashCase{"blocks_overlap", [](Plan& p) { node(p, 0, 1).block = node(p, 0, 0).block; },
                  "node 'one.A'"},
        ClashCase{"identity_in_a_block",
                  [](Plan& p) { node(p, 0, 1).identity = node(p, 0, 0).identity + 5; },
                  "node 'one.F'"},
        ClashCase{"ipv6_blocks_overlap",
                  [](Plan& p) { node(p, 0, 1).block6 = node(p, 0, 0).block6; }, "node 'one.A'"},
        ClashCase{"twice_in_a_node",
                  [](Plan& p) {
                    node(p, 0, 2).interfaces[0].address = node(p, 0, 2).interfaces[1].address;
                  },
                  "on two interfaces of node 'one.B'"},
        ClashCase{"between_two_internets",
                  [](Plan& p) {
                    node(p, 1, 0).block = node(p, 0, 0).block,
                               node(p, 1, 0).identity = node(p, 0, 0).identity;
                  },
                  ""},
        ClashCase{"between_two_internets_of_which_one_is_strict",
                  [](Plan& p) {
                    node(p, 1, 0).block = node(p, 0, 0).block, p.internets[1].sitn_strict = true;
                  },
                  "node 'two.A'"}),
    [](const auto& c) { return std::string(c.param.name); });

//   the same link addresses on machines that have no link in common
TEST(Sitn, LinkAddressesMayRepeatWhereTheyNeverMeet) {
  std::vector<Net> nets;
  for (const char* at : {"X", "Z"}) {
    nets.push_back(Net(std::string("n") + at).host("A", at).host("B", at).link("A", "B"));
  }
  Plan plan = planned(graph_of({row()}, nets));
  plan.internets[1].links[0].a.link_address = plan.internets[0].links[0].a.link_address;
  plan.internets[1].links[0].b.link_address = plan.internets[0].links[0].b.link_address;
  EXPECT_FALSE(check_sitn(plan, {}));
  plan.internets[1].nodes[0].machine = plan.internets[0].nodes[0].machine;
  EXPECT_TRUE(check_sitn(plan, {}));
}

TEST(Sitn, LooksAtWhatRunsBesideButNotAtWhatIsReplaced) {
  const Plan running = planned(graph_of({row()}, {figure11("one")}));
  EXPECT_FALSE(check_sitn(running, running));
  Plan other = running;
  other.internets[0].name = "two";
  EXPECT_TRUE(check_sitn(other, running));
}

}  // namespace
}  // namespace vinet::plan::testing
