// Plans as JSON: what is written is read back, and nothing that is malformed gets in.
#include "plan/plan_json.h"

#include <gtest/gtest.h>

#include "unit/plan/builder.h"

namespace vinet::plan::testing {
namespace {

Plan sample() {
  Net net = figure11();
  net.named("backup", "B", "D");
  net.last().ipv6 = false;
  net.last().delay_us = 20'000;
  net.last().loss_ppb = 1'000'000;
  net.last().rate_bps = 10'000'000'000;
  net.internet.sitn_strict = true;
  net.internet.lease_s = 8 * 3600;
  net.internet.share_bps = 500'000'000;
  net.internet.nodes[0].run = "printf '%s\n' \"a\"";
  Net without = figure11("other");
  without.internet.ipv6 = false;
  Lab lab = row();
  for (auto& link : lab.base.links) link.rate_bps = 1'000'000'000;
  return planned(graph_of({lab}, {net, without}));
}

TEST(PlanJson, RoundTrip) {
  for (const Plan& plan : {Plan{}, sample()}) {
    for (const int indent : {2, -1}) {
      const auto back = from_json(to_json(plan, indent));
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, plan);
    }
  }
}

TEST(PlanJson, LeavesOutWhatIsNotAsked) {
  const std::string text = to_json(planned(graph_of({row()}, {figure11()})));
  for (const char* part : {"run", "lease_s", "share_bps"}) {
    EXPECT_EQ(text.find(part), std::string::npos) << part;
  }
}

TEST(PlanJson, RoutesWithSeveralNextHops) {
  Plan plan = sample();
  net::Route& route = plan.internets[0].nodes[0].routes[0];
  route.others = {{*net::parse_address("10.0.0.99"), "C"}, {*net::parse_address("fd00::7"), "D"}};
  const std::string text = to_json(plan);
  EXPECT_NE(text.find(R"("others")"), std::string::npos);
  const auto back = from_json(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, plan);
  EXPECT_EQ(to_json(sample()).find(R"("others")"), std::string::npos);
}

TEST(PlanJson, CallsThingsByTheirNames) {
  const std::string text = to_json(sample());
  for (const char* part :
       {R"("machine": "X")", R"("kind": "router")", R"("identity": "10.0.0.)", R"("link": "A-B")",
        R"("mtu_bytes": 1460)", R"("type": "unreachable")"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

struct Malformed {
  const char* name;
  const char* from;  // the first occurrence is replaced
  const char* to;
  const char* message;
};

class MalformedTest : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedTest, IsRefusedWithItsPlace) {
  std::string text = to_json(sample());
  const size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string(GetParam().from).size(), GetParam().to);
  const auto plan = from_json(text);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Errc::kInvalidArgument);
  EXPECT_NE(plan.error().message.find(GetParam().message), std::string::npos)
      << plan.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedTest,
    ::testing::Values(
        Malformed{"not_json", "{", "", "no valid JSON"},
        Malformed{"missing", R"("bases")", R"("basis")", "bases: is missing"},
        Malformed{"unknown_member", R"("bases")", R"("more": 1, "bases")",
                  "expected 2 members, found 3"},
        Malformed{"bad_address", "192.168.0.1\"", "192.168.0.256\"",
                  "bases[0].machines[0].base_address: expected an IPv4 address"},
        Malformed{"bad_prefix", "192.168.0.2/32", "192.168.0.2/33",
                  "routes[0].destination: expected an IP prefix"},
        Malformed{"bad_mac", "\"mac\": \"", "\"mac\": \"x", "expected an Ethernet address"},
        Malformed{"bad_kind", "\"host\"", "\"hots\"", "expected 'host' or 'router'"},
        Malformed{"number_for_text", R"("name": "lab")", R"("name": 7)",
                  "bases[0].name: expected text"},
        Malformed{"text_for_number", R"("mtu_bytes": 1500)", R"("mtu_bytes": "1500")",
                  "expected a whole number"},
        Malformed{"negative", R"("mtu_bytes": 1500)", R"("mtu_bytes": -1)",
                  "expected a whole number"},
        Malformed{"fraction", R"("mtu_bytes": 1500)", R"("mtu_bytes": 1.5)",
                  "expected a whole number"},
        Malformed{"too_large", R"("mtu_bytes": 1500)", R"("mtu_bytes": 4294967296)",
                  "expected a smaller number"},
        Malformed{"text_for_bool", R"("transit": false)", R"("transit": "no")",
                  "expected true or false"},
        Malformed{"object_for_list", R"("machines": [)", R"("machines": {}, "m": [)",
                  "machines: expected an array"},
        Malformed{"text_for_object", R"("machines": [)", R"("machines": ["X", )",
                  "machines[0]: expected an object"},
        Malformed{"unknown_machine", R"("machine": "X")", R"("machine": "Q")",
                  "nothing is called 'Q'"},
        Malformed{"number_for_run", R"("run": "printf)", R"("run": 7, "r": "printf)",
                  "run: expected text"},
        Malformed{"unknown_device", R"("device": "B",
            "link_address")",
                  R"("device": "Q",
            "link_address")",
                  "device: nothing is called 'Q'"},
        Malformed{"unknown_base", R"("base": "lab")", R"("base": "bal")",
                  "internets[0]: unknown base 'bal'"},
        Malformed{"twice", R"("name": "F")", R"("name": "A")", "nodes: 'A' occurs twice"},
        Malformed{"loose_end", R"("link": "A-B")", R"("link": "B-C")", "do not fit"}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(PlanJson, SurvivesDeepNesting) {
  EXPECT_FALSE(from_json(std::string(200'000, '[')));
  EXPECT_FALSE(from_json(std::string(20'000, '[') + std::string(20'000, ']')));
  std::string objects;
  for (int i = 0; i < 20'000; ++i) objects += "{\"bases\":";
  EXPECT_FALSE(from_json(objects + "1" + std::string(20'000, '}')));
}

TEST(PlanJson, RefusesWhatIsNotText) {
  EXPECT_FALSE(from_json(""));
  EXPECT_FALSE(from_json(std::string_view("\0\xff\xfe", 3)));
}

}  // namespace
}  // namespace vinet::plan::testing
