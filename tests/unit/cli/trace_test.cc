// Trace: what the programs reported, as text; and where a packet ended, whatever the plan says.
//
//   A at X -- B at Y -- D at Z
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/trace_text.h"

namespace vinet::cli {
namespace {

using Event = machine::ProbeStep::Event;
using ::testing::HasSubstr;

net::Ipv4 ip(const char* text) {
  return *net::parse_ipv4(text);
}

plan::InternetPlan line() {
  plan::InternetPlan internet;
  internet.name = "line";
  internet.base = "lab";
  const std::vector<std::pair<std::string, const char*>> nodes = {
      {"A", "10.0.0.0"}, {"B", "10.0.0.16"}, {"D", "10.0.0.32"}};
  for (const auto& [name, identity] : nodes) {
    plan::NodePlan node;
    node.name = name;
    node.identity = ip(identity);
    internet.nodes.push_back(node);
  }
  return internet;
}

machine::ProbeStep step(Event event, const char* node, const char* machine, int ttl,
                        const char* device = "") {
  machine::ProbeStep one;
  one.event = event;
  one.machine = machine;
  one.owner = "line";
  one.node = node;
  one.inner_ttl = ttl;
  one.base_device = device;
  one.inner_source = ip("10.0.0.0");
  one.inner_destination = ip("10.0.0.32");
  if (event == Event::kPush || event == Event::kPop) {
    one.headers = {{ip("192.168.0.1"), ip("192.168.0.2")}, {ip("172.16.0.0"), ip("172.16.0.1")}};
  }
  return one;
}

Trace trace_with(std::vector<machine::ProbeStep> steps, bool answered) {
  Trace trace{"line.A", "line.D", ip("10.0.0.0"), ip("10.0.0.32"), {}};
  trace.report.steps = std::move(steps);
  trace.report.answered = answered;
  trace.report.round_trip_us = answered ? 140 : 0;
  return trace;
}

TEST(TraceText, ShowsEachHopWithItsHeaders) {
  const Trace trace = trace_with(
      {step(Event::kPush, "A", "lab.X", 64, "Y"), step(Event::kPop, "B", "lab.Y", 64, "X"),
       step(Event::kDeliver, "B", "lab.Y", 64), step(Event::kPush, "B", "lab.Y", 63, "Z"),
       step(Event::kPop, "D", "lab.Z", 63, "Y"), step(Event::kDeliver, "D", "lab.Z", 63)},
      true);
  EXPECT_EQ(
      text_of(trace, line(), false, false),
      "from line.A (10.0.0.0) to line.D (10.0.0.32): end header | link header | base header\n"
      " 1  A  at X  push     A→D | 172.16.0.0→172.16.0.1 | 192.168.0.1→192.168.0.2  ttl 64  out Y\n"
      "    B  at Y  pop      A→D | 172.16.0.0→172.16.0.1 | 192.168.0.1→192.168.0.2  ttl 64  in X\n"
      "    B  at Y  deliver  A→D                                                    ttl 64\n"
      " 2  B  at Y  push     A→D | 172.16.0.0→172.16.0.1 | 192.168.0.1→192.168.0.2  ttl 63  out Z\n"
      "    D  at Z  pop      A→D | 172.16.0.0→172.16.0.1 | 192.168.0.1→192.168.0.2  ttl 63  in Y\n"
      "    D  at Z  deliver  A→D                                                    ttl 63\n"
      "delivered to line.D\n"
      "the reply came back after 140 us\n");
}

TEST(TraceText, AnAddressThatThePlanDoesNotKnowIsShownAsItIs) {
  auto altered = step(Event::kPush, "A", "lab.X", 64, "Y");
  altered.inner_destination = ip("203.0.113.9");
  EXPECT_THAT(text_of(trace_with({altered}, false), line(), false, false),
              HasSubstr("A→203.0.113.9"));
}

struct EndCase {
  const char* name;
  std::vector<machine::ProbeStep> steps;
  bool answered;
  bool delivered;
  const char* text;
};
machine::ProbeStep drop(const char* reason) {
  auto one = step(Event::kDrop, "", "lab.Y", 64);
  one.reason = reason;
  return one;
}
machine::ProbeStep as_reply(machine::ProbeStep one) {
  one.reply = true;
  return one;
}
class TraceEndTest : public ::testing::TestWithParam<EndCase> {};
TEST_P(TraceEndTest, IsWhereThePacketEnded) {
  const Trace trace = trace_with(GetParam().steps, GetParam().answered);
  const TraceEnd end = end_of(trace, line());
  EXPECT_EQ(end.delivered, GetParam().delivered);
  EXPECT_EQ(end.text, GetParam().text);
  EXPECT_EQ(json_of(trace, line()).at("end"), GetParam().text);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, TraceEndTest,
    ::testing::Values(EndCase{"Delivered",
                              {step(Event::kDeliver, "D", "lab.Z", 63)},
                              true,
                              true,
                              "delivered to line.D"},
                      EndCase{"DeliveredWithoutReply",
                              {step(Event::kDeliver, "D", "lab.Z", 63)},
                              false,
                              true,
                              "delivered to line.D"},
                      EndCase{"WrongNode",
                              {step(Event::kDeliver, "B", "lab.Y", 64)},
                              false,
                              false,
                              "last seen: delivered to line.B, which is not line.D"},
                      EndCase{"Dropped",
                              {step(Event::kPush, "A", "lab.X", 64, "Y"), drop("unknown_key")},
                              false,
                              false,
                              "dropped: unknown_key at lab.Y"},
                      EndCase{"LostOnTheBase",
                              {step(Event::kPush, "A", "lab.X", 64, "Y")},
                              false,
                              false,
                              "last seen: sent by line.A out of Y of lab.X"},
                      EndCase{"NeverSent", {}, false, false, "it never left line.A"},
                      EndCase{"TheReplyDoesNotCount",
                              {step(Event::kPush, "A", "lab.X", 64, "Y"),
                               as_reply(step(Event::kDeliver, "A", "lab.X", 64))},
                              false,
                              false,
                              "last seen: sent by line.A out of Y of lab.X"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace vinet::cli
