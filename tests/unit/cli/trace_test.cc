// Trace: what the programs reported, as text; and where a packet ended, whatever the plan says.
//
//   upper   p at A -------------- s at D
//   line    A at X -- B at Y -- D at Z
//   lab     X ~~~~~~~ Y ~~~~~~~ Z
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

plan::BasePlan lab() {
  plan::BasePlan base;
  base.name = "lab";
  for (const auto& [name, address] : {std::pair("X", "192.168.0.1"), std::pair("Y", "192.168.0.2"),
                                      std::pair("Z", "192.168.0.3")}) {
    plan::MachinePlan& machine = base.machines.emplace_back();
    machine.name = name;
    machine.base_address = ip(address);
  }
  return base;
}

void add_node(plan::InternetPlan& internet, const char* name, const char* identity, uint32_t at) {
  plan::NodePlan& node = internet.nodes.emplace_back();
  node.name = name;
  node.identity = ip(identity);
  node.machine = {at};
}

void add_link(plan::InternetPlan& internet, const char* name, uint32_t a, const char* a_address,
              uint32_t b, const char* b_address) {
  plan::LinkPlan& link = internet.links.emplace_back();
  link.name = name;
  link.a.node = {a};
  link.b.node = {b};
  link.a.link_address = ip(a_address);
  link.b.link_address = ip(b_address);
}

plan::InternetPlan line() {
  plan::InternetPlan internet;
  internet.name = "line";
  internet.base = "lab";
  add_node(internet, "A", "10.0.0.0", 0);
  add_node(internet, "B", "10.0.0.16", 1);
  add_node(internet, "D", "10.0.0.32", 2);
  add_link(internet, "A-B", 0, "172.16.0.0", 1, "172.16.0.1");
  add_link(internet, "B-D", 1, "172.16.0.2", 2, "172.16.0.3");
  for (plan::LinkPlan& link : internet.links) {
    for (plan::LinkEndPlan* end : {&link.a, &link.b}) {
      end->base_address = lab().machines[end->node.index].base_address;
    }
  }
  return internet;
}

plan::InternetPlan upper() {
  plan::InternetPlan internet;
  internet.name = "upper";
  internet.base = "line";
  add_node(internet, "p", "10.8.0.0", 0);
  add_node(internet, "s", "10.8.0.16", 2);
  add_link(internet, "p-s", 0, "10.0.0.15", 1, "10.0.0.47");
  return internet;
}

const Layers& one_layer() {
  static const plan::BasePlan kBase = lab();
  static const plan::InternetPlan kLine = line();
  static const Layers kLayers{&kBase, {&kLine}};
  return kLayers;
}
const Layers& two_layers() {
  static const plan::InternetPlan kUpper = upper();
  static const Layers kLayers{one_layer().base, {one_layer().internets[0], &kUpper}};
  return kLayers;
}

using Headers = std::vector<std::pair<net::Ipv4, net::Ipv4>>;
Headers over_a_b() {
  return {{ip("192.168.0.1"), ip("192.168.0.2")}, {ip("172.16.0.0"), ip("172.16.0.1")}};
}
Headers over_b_d() {
  return {{ip("192.168.0.2"), ip("192.168.0.3")}, {ip("172.16.0.2"), ip("172.16.0.3")}};
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
  const std::string at = machine;
  const bool second = at == "lab.Z" || (at == "lab.Y" && event == Event::kPush);
  one.link = second ? "B-D" : "A-B";
  one.inner_source = ip("10.0.0.0");
  one.inner_destination = ip("10.0.0.32");
  if (event == Event::kPush || event == Event::kPop) {
    one.headers = second ? over_b_d() : over_a_b();
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
  EXPECT_EQ(text_of(trace, one_layer(), {}),
            "from line.A (10.0.0.0) to line.D (10.0.0.32)\n"
            "    HOP    LAYER  AT                   HEADER\n"
            " 1  A → B  line   lab.X → lab.Y        172.16.0.0 → 172.16.0.1    ttl 64\n"
            "    X → Y  lab    out of Y, in from X  192.168.0.1 → 192.168.0.2\n"
            " 2  B → D  line   lab.Y → lab.Z        172.16.0.2 → 172.16.0.3    ttl 63\n"
            "    Y → Z  lab    out of Z, in from Y  192.168.0.2 → 192.168.0.3\n"
            "delivered to line.D\n"
            "the reply came back after 140 us\n");
}

TEST(TraceText, StepsAreWhatEachProgramReported) {
  const Trace trace = trace_with(
      {step(Event::kPush, "A", "lab.X", 64, "Y"), step(Event::kPop, "B", "lab.Y", 64, "X"),
       step(Event::kDeliver, "B", "lab.Y", 64)},
      false);
  EXPECT_THAT(text_of(trace, one_layer(), {.steps = true}),
              HasSubstr(" lab.X  push     line.A  ttl 64  out Y  A→D | 172.16.0.0→172.16.0.1 | "
                        "192.168.0.1→192.168.0.2\n"
                        " lab.Y  pop      line.B  ttl 64  in X   A→D | 172.16.0.0→172.16.0.1 | "
                        "192.168.0.1→192.168.0.2\n"
                        " lab.Y  deliver  line.B  ttl 64         A→D\n"));
}

TEST(TraceText, AnAddressThatThePlanDoesNotKnowIsShownAsItIs) {
  auto altered = step(Event::kPush, "A", "lab.X", 64, "Y");
  altered.inner_destination = ip("203.0.113.9");
  EXPECT_THAT(text_of(trace_with({altered}, false), one_layer(), {}),
              HasSubstr("inside: A → 203.0.113.9"));
  auto strange = step(Event::kPush, "A", "lab.X", 64, "Y");
  strange.headers[0].second = ip("198.51.100.1");
  EXPECT_THAT(text_of(trace_with({strange}, false), one_layer(), {}),
              HasSubstr("    X → 198.51.100.1  lab"));
}

// Of upper, whose header is the innermost.
machine::ProbeStep stacked(Event event, const char* owner, const char* node, const char* machine,
                           Headers headers, const char* device = "") {
  machine::ProbeStep one;
  one.event = event;
  one.machine = machine;
  one.owner = owner;
  one.node = node;
  one.inner_ttl = 64;
  one.base_device = device;
  one.inner_source = ip("10.8.0.0");
  one.inner_destination = ip("10.8.0.16");
  one.headers = std::move(headers);
  return one;
}
Headers within(Headers outer) {
  outer.emplace_back(ip("10.0.0.15"), ip("10.0.0.47"));
  return outer;
}
Trace upper_trace(std::vector<machine::ProbeStep> steps) {
  Trace trace{"upper.p", "upper.s", ip("10.8.0.0"), ip("10.8.0.16"), {}};
  trace.report.steps = std::move(steps);
  return trace;
}
// p's packets pass B, a router in transit.
std::vector<machine::ProbeStep> flattened() {
  return {stacked(Event::kPush, "upper", "p", "lab.X", within(over_a_b()), "Y"),
          stacked(Event::kPop, "line", "B", "lab.Y", within(over_a_b()), "X"),
          stacked(Event::kDeliver, "line", "B", "lab.Y", within({})),
          stacked(Event::kPush, "line", "B", "lab.Y", within(over_b_d()), "Z"),
          stacked(Event::kPop, "upper", "s", "lab.Z", within(over_b_d()), "Y"),
          stacked(Event::kDeliver, "upper", "s", "lab.Z", {})};
}
constexpr const char* kStackedHops =
    "from upper.p (10.8.0.0) to upper.s (10.8.0.16)\n"
    "    HOP       LAYER  AT                   HEADER\n"
    " 1  p → s     upper  line.A → line.D      10.0.0.15 → 10.0.0.47      ttl 64\n"
    "    ├─ A → B  line   lab.X → lab.Y        172.16.0.0 → 172.16.0.1\n"
    "    │  X → Y  lab    out of Y, in from X  192.168.0.1 → 192.168.0.2\n"
    "    └─ B → D  line   lab.Y → lab.Z        172.16.0.2 → 172.16.0.3\n"
    "       Y → Z  lab    out of Z, in from Y  192.168.0.2 → 192.168.0.3\n"
    "delivered to upper.s\n"
    "no reply came back\n";

TEST(TraceText, HopsOfTheLayerBelowStandUnderTheHopThatTheyCarry) {
  EXPECT_EQ(text_of(upper_trace(flattened()), two_layers(), {}), kStackedHops);
}

TEST(TraceText, NotFlattenedTheTreeIsTheSame) {
  const Trace trace = upper_trace({
      stacked(Event::kPush, "upper", "p", "line.A", within({}), "B"),
      stacked(Event::kPush, "line", "A", "lab.X", within(over_a_b()), "Y"),
      stacked(Event::kPop, "line", "B", "lab.Y", within(over_a_b()), "X"),
      stacked(Event::kDeliver, "line", "B", "lab.Y", within({})),
      stacked(Event::kPush, "line", "B", "lab.Y", within(over_b_d()), "Z"),
      stacked(Event::kPop, "line", "D", "lab.Z", within(over_b_d()), "Y"),
      stacked(Event::kDeliver, "line", "D", "lab.Z", within({})),
      stacked(Event::kPop, "upper", "s", "line.D", within({}), "B"),
      stacked(Event::kDeliver, "upper", "s", "line.D", {}),
  });
  EXPECT_EQ(text_of(trace, two_layers(), {}), kStackedHops);
  const nlohmann::json hops = json_of(trace, two_layers()).at("hops");
  EXPECT_EQ(hops[0].at("pushed_by"), "line.A");
  EXPECT_EQ(hops[0].at("carried_by")[0].at("pushed_by"), "lab.X");
}

TEST(TraceText, WhatStaysInsideAMachineHasNoHeaderThere) {
  // B stands beside A: its hop adds nothing, but the header of upper is on the packet.
  const Trace trace =
      upper_trace({stacked(Event::kPush, "upper", "p", "lab.X", within({})),
                   stacked(Event::kDeliver, "line", "B", "lab.X", within({})),
                   stacked(Event::kPush, "line", "B", "lab.Y", within(over_b_d()), "Z"),
                   stacked(Event::kPop, "upper", "s", "lab.Z", within(over_b_d()), "Y"),
                   stacked(Event::kDeliver, "upper", "s", "lab.Z", {})});
  const std::string text = text_of(trace, two_layers(), {});
  EXPECT_THAT(text, HasSubstr("├─ A → B  line   lab.X → lab.Y        none, inside lab.X\n"));
  EXPECT_THAT(text, HasSubstr("└─ B → D  line "));
  EXPECT_THAT(text, HasSubstr(" 1  p → s     upper  line.A → line.D      10.0.0.15 → 10.0.0.47"));
}

TEST(TraceText, AllInsideOneMachineIsAHopWithoutHeaders) {
  const Trace trace = upper_trace({stacked(Event::kPush, "upper", "p", "lab.X", {}),
                                   stacked(Event::kDeliver, "upper", "s", "lab.X", {})});
  EXPECT_THAT(text_of(trace, two_layers(), {}),
              HasSubstr(" 1  p → s  upper  line.A → line.D  none, inside lab.X  ttl 64\n"));
}

struct DropCase {
  const char* name;
  size_t kept;  // of the steps of flattened()
  const char *owner, *node, *machine;
  size_t headers;  // of two layers and the base, those on the packet when it is dropped
  const char* line;
  const char* end;
};
class TraceDrop : public ::testing::TestWithParam<DropCase> {};
TEST_P(TraceDrop, BelongsToTheLayerWhoseProgramDidIt) {
  const DropCase& drop = GetParam();
  std::vector<machine::ProbeStep> steps = flattened();
  steps.resize(drop.kept);
  Headers headers = within(over_a_b());
  headers.erase(headers.begin(), headers.end() - static_cast<std::ptrdiff_t>(drop.headers));
  auto last = stacked(Event::kDrop, drop.owner, drop.node, drop.machine, headers);
  last.reason = "unknown_key";
  steps.push_back(last);
  const Trace trace = upper_trace(steps);
  EXPECT_THAT(text_of(trace, two_layers(), {}), HasSubstr(drop.line));
  EXPECT_EQ(end_of(trace, two_layers()).text, drop.end);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, TraceDrop,
    ::testing::Values(DropCase{"BySenderOfTheUpperLayer", 0, "upper", "p", "lab.X", 0,
                               " 1  p → ?  upper  line.A → ?  ",
                               "dropped: unknown_key at lab.X, in upper (p → ?)"},
                      DropCase{"ByRouterInTransit", 3, "line", "B", "lab.Y", 1,
                               "└─ B → ?  line   lab.Y → ?  ",
                               "dropped: unknown_key at lab.Y, in line (B → ?)"},
                      DropCase{"ByReceiverOfTheUpperLayer", 1, "upper", "s", "lab.Z", 3,
                               "ttl 64, dropped: unknown_key at lab.Z\n",
                               "dropped: unknown_key at lab.Z, in upper (p → s)"},
                      DropCase{"ByReceiverOfTheLowerLayer", 1, "line", "B", "lab.Y", 3,
                               "172.16.0.0 → 172.16.0.1    dropped: unknown_key at lab.Y\n",
                               "dropped: unknown_key at lab.Y, in line (A → B)"},
                      DropCase{"ByNobodysLink", 1, "", "", "lab.Y", 3,
                               "192.168.0.1 → 192.168.0.2  dropped: unknown_key at lab.Y\n",
                               "dropped: unknown_key at lab.Y, in lab (X → Y)"}),
    [](const auto& test) { return test.param.name; });

TEST(TraceText, ManyLayersGrowNoWider) {
  // A stack of 45 over two machines: one hop a layer.
  constexpr size_t kDepth = 45;
  std::vector<plan::InternetPlan> internets(kDepth, upper());
  for (size_t i = 0; i < kDepth; ++i) {
    internets[i].name = "l" + std::to_string(i + 1);
    internets[i].nodes[1].machine = {1};
    internets[i].links[0].a.base_address = ip("192.168.0.1");
    internets[i].links[0].b.base_address = ip("192.168.0.2");
  }
  Layers layers{one_layer().base, {}};
  for (const plan::InternetPlan& internet : internets) layers.internets.push_back(&internet);
  Headers headers(kDepth, {ip("10.0.0.15"), ip("10.0.0.47")});
  headers.insert(headers.begin(), {ip("192.168.0.1"), ip("192.168.0.2")});
  const Trace trace = upper_trace({stacked(Event::kPush, "l45", "p", "lab.X", headers, "Y"),
                                   stacked(Event::kPop, "l45", "s", "lab.Y", headers, "X"),
                                   stacked(Event::kDeliver, "l45", "s", "lab.Y", {})});
  const std::string text = text_of(trace, layers, {});
  size_t lines = 0, longest = 0, at = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', at)) {
    longest = std::max(longest, end - at);
    at = end + 1;
    ++lines;
  }
  EXPECT_EQ(lines, kDepth + 1 + 4);
  EXPECT_LT(longest, 100U);
  EXPECT_THAT(text, HasSubstr("    p → s  l7     l6.p → l6.s          10.0.0.15 → "));
  size_t depth = 0;
  const nlohmann::json all = json_of(trace, layers);
  for (const nlohmann::json* hop = &all.at("hops"); !hop->empty(); ++depth) {
    hop = &hop->at(0).at("carried_by");
  }
  EXPECT_EQ(depth, kDepth + 1);
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
  const TraceEnd end = end_of(trace, one_layer());
  EXPECT_EQ(end.delivered, GetParam().delivered);
  EXPECT_EQ(end.text, GetParam().text);
  EXPECT_EQ(json_of(trace, one_layer()).at("end"), GetParam().text);
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
                              "dropped: unknown_key at lab.Y, in line (A → B)"},
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
