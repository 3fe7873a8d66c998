// Canary packets as bytes, and which of them are sent.
#include <gtest/gtest.h>

#include <set>

#include "machine/canary_packet.h"
#include "machine/canary_tasks.h"
#include "slice/lower.h"
#include "unit/plan/builder.h"
#include "unit/slice/plans.h"

namespace vinet::machine {
namespace {

using vinet::testing::make_figure11;
using vinet::testing::make_lab;

constexpr uint64_t kNonce = 0x0123456789abcdef;

/// One's complement sum of 16-bit words; 0 over what has a right checksum (RFC 1071).
uint32_t sum_of(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) sum += uint32_t{bytes[i]} << 8 | bytes[i + 1];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum ^ 0xffff;
}

TEST(CanaryPacket, IsAnEchoReplyWithRightChecksums) {
  const Bytes v4 =
      canary_packet(*net::parse_address("10.0.0.1"), *net::parse_address("10.0.0.2"), kNonce, 7);
  ASSERT_EQ(v4.size(), 84U);
  EXPECT_EQ(v4[9], 1);
  EXPECT_EQ(v4[20], 0);
  EXPECT_EQ(sum_of(std::span(v4).first(20)), 0U);
  EXPECT_EQ(sum_of(std::span(v4).subspan(20)), 0U);
  const Bytes v6 =
      canary_packet(*net::parse_address("fd00::1"), *net::parse_address("fd00::2"), kNonce, 7);
  ASSERT_EQ(v6.size(), 104U);
  EXPECT_EQ(v6[6], 58);
  EXPECT_EQ(v6[40], 129);
  // The pseudo-header: both addresses, length 64, next header 58.
  EXPECT_EQ(sum_of(std::span(v6).subspan(8), 64 + 58), 0U);
}

TEST(CanaryPacket, KeepsItsNumberBehindAnyHeaders) {
  const Bytes inside =
      canary_packet(*net::parse_address("fd00::1"), *net::parse_address("fd00::2"), kNonce, 4711);
  const Bytes outside = within(within(inside, {1}, {2}), {3}, {4});
  EXPECT_EQ(outside.size(), inside.size() + 40);
  EXPECT_EQ(outside[9], 4);
  EXPECT_EQ(outside[29], 41);
  EXPECT_EQ(sum_of(std::span(outside).first(20)), 0U);
  EXPECT_EQ(canary_number(outside, kNonce), 4711U);
  EXPECT_EQ(canary_number(inside, kNonce), 4711U);
  EXPECT_FALSE(canary_number(inside, kNonce + 1));
  EXPECT_FALSE(canary_number(std::span(inside).first(15), kNonce));
  EXPECT_FALSE(canary_number({}, kNonce));
  Bytes bent = inside;
  bent.back() ^= 1;
  EXPECT_FALSE(canary_number(bent, kNonce));
}

TEST(CanaryPacket, IsToldFromAnErrorThatQuotesIt) {
  const Bytes packet =
      canary_packet(*net::parse_address("10.0.0.1"), *net::parse_address("10.0.0.2"), kNonce, 1);
  EXPECT_TRUE(is_canary_itself(packet));
  EXPECT_FALSE(is_canary_itself(within(packet, {1}, {2})));
  Bytes error = packet;
  error[20] = 3;
  EXPECT_FALSE(is_canary_itself(error));
  EXPECT_FALSE(is_canary_itself(std::span(packet).first(20)));
}

CanaryRequest two_internets() {
  const plan::BasePlan base = make_lab();
  plan::InternetPlan two = make_figure11(base);
  two.name = "two";
  for (plan::LinkPlan& link : two.links) {
    for (plan::LinkEndPlan* end : {&link.a, &link.b}) end->link_address.bits += 0x1000;
  }
  CanaryRequest request{slice::lower(make_figure11(base), base), {"fig11"}};
  for (slice::Slice& slice : slice::lower(two, base)) request.internets.push_back(slice);
  return request;
}

TEST(CanaryTasks, TryEveryLinkEveryFieldAndEveryPair) {
  const CanaryRequest request = two_internets();
  const CanaryStage stage = make_stage(request);
  ASSERT_EQ(stage.nodes.size(), 12U);
  EXPECT_EQ(stage.machines.size(), 3U);
  const CanaryTasks made = make_tasks(request, stage, std::vector<bool>(12, true));
  EXPECT_TRUE(made.sampled.empty());
  std::map<CanaryTry, size_t> count;
  std::set<std::string> own_links, wrong;
  std::set<std::pair<std::string, std::string>> pairs;
  std::set<size_t> heard;  // nodes that must hear something, so that their listeners are proved
  for (const CanaryTask& task : made.tasks) {
    ++count[task.kind];
    EXPECT_EQ(shall_arrive(task.kind),
              task.to_node.has_value() || task.kind == CanaryTry::kOwnMachine);
    if (task.to_node) heard.insert(*task.to_node);
    if (task.kind == CanaryTry::kOwnLink && stage.nodes[*task.from_node].owner == "fig11")
      own_links.insert(task.what);
    if (task.kind == CanaryTry::kWrongKey)
      wrong.insert(task.what.substr(0, task.what.find(" wrong")));
    if (task.kind == CanaryTry::kForeignAddress) {
      const std::string& from = stage.nodes[*task.from_node].owner;
      pairs.emplace(from, from == "fig11" ? "two" : "fig11");
    }
    EXPECT_EQ(task.owner, "fig11") << task.what;
  }
  EXPECT_EQ(own_links.size(), 20U);  // five links, both ways, both families
  EXPECT_EQ(heard.size(), 12U);
  EXPECT_EQ(wrong, (std::set<std::string>{"with the base source", "with the base destination",
                                          "with the link source", "with the link destination"}));
  EXPECT_EQ(pairs.size(), 2U);
  EXPECT_EQ(count[CanaryTry::kOwnMachine], 3U);
  EXPECT_GT(count[CanaryTry::kExactCopy], 0U);
  EXPECT_GT(count[CanaryTry::kForeignKey], 0U);
  EXPECT_GT(count[CanaryTry::kForeignLayers], 0U);
}

TEST(CanaryTasks, NeverForgeTheKeyOfAnotherLink) {
  const CanaryRequest request = two_internets();
  const CanaryStage stage = make_stage(request);
  std::set<std::vector<std::pair<net::Ipv4, net::Ipv4>>> keys;
  for (const CanaryNode& node : stage.nodes) {
    for (const CanaryInterface& interface : node.interfaces) {
      keys.insert({{interface.end->base_source, interface.end->base_destination},
                   {interface.end->link_source, interface.end->link_destination}});
    }
  }
  for (const CanaryTask& task : make_tasks(request, stage, std::vector<bool>(12, true)).tasks) {
    if (task.kind == CanaryTry::kExactCopy) EXPECT_TRUE(keys.contains(task.headers));
    if (task.kind == CanaryTry::kWrongKey) EXPECT_FALSE(keys.contains(task.headers)) << task.what;
  }
}

TEST(CanaryTasks, SendNothingFromOrToNodesThatAreNotListenedAt) {
  const CanaryRequest request = two_internets();
  const CanaryStage stage = make_stage(request);
  std::vector<bool> listened(12, true);
  listened[3] = false;
  for (const CanaryTask& task : make_tasks(request, stage, listened).tasks) {
    EXPECT_NE(task.from_node, 3U);
    EXPECT_NE(task.to_node, 3U);
  }
}

/// upper on lower on X -- Y -- Z; a and c are hosts, b is a router in transit.
CanaryRequest stacked(bool flatten) {
  using plan::testing::Net;
  Net upper("upper", "lower");
  upper.host("p", "a").host("s", "c").link("p", "s");
  upper.internet.flatten = flatten;
  const plan::Plan plan = plan::testing::planned(plan::testing::graph_of(
      {plan::testing::row()},
      {Net("lower").host("a", "X").router("b", "Y").host("c", "Z").chain({"a", "b", "c"}), upper}));
  CanaryRequest request;
  request.owners = {"lower", "upper"};
  for (const plan::InternetPlan& internet : plan.internets) {
    for (slice::Slice& slice : slice::lower(internet, plan)) {
      if (internet.name == "upper" && flatten) {
        for (slice::LinkEnd& end : slice.link_ends) {  // as resolve() would
          const bool at_a = end.on == "lower.a";
          const plan::LinkPlan& link = plan.internets[0].links[at_a ? 0 : 1];
          const plan::LinkEndPlan &from = at_a ? link.a : link.b, &to = at_a ? link.b : link.a;
          end.way.open = true;
          end.way.headers = {{from.base_address, to.base_address},
                             {from.link_address, to.link_address},
                             {end.link_source, end.link_destination}};
        }
      }
      request.internets.push_back(std::move(slice));
    }
  }
  return request;
}

TEST(CanaryTasks, OfAStackForgeEachLayer) {
  const CanaryRequest request = stacked(true);
  const CanaryStage stage = make_stage(request);
  EXPECT_EQ(stage.below.at("upper"), std::set<std::string>{"lower"});
  std::set<std::string> what;
  size_t below = 0;
  for (const CanaryTask& task : make_tasks(request, stage, std::vector<bool>(5, true)).tasks) {
    if (task.owner != "upper" || task.kind == CanaryTry::kOwnLink) continue;
    what.insert(task.what.substr(0, task.what.find(" wrong")));
    if (task.kind == CanaryTry::kExactCopy) {
      EXPECT_EQ(task.headers.size(), 3U);
      EXPECT_EQ(task.from_machine.substr(0, 4), "lab.");
    }
    if (task.kind != CanaryTry::kForgedBelow) continue;
    ++below;
    EXPECT_EQ(task.reason, VI_DROP_SOURCE);
    EXPECT_EQ(task.headers.size(), 1U);
    EXPECT_NE(stage.nodes[*task.from_node].netns, "lower.b") << "a router may forge";
  }
  EXPECT_EQ(below, 4U);  // two ends, by its own lower host and by the other one
  for (const char* one : {"with the link source", "with the link destination", "with the layer",
                          "with the header of the layer"}) {
    EXPECT_TRUE(what.contains(one)) << one;
  }
}

TEST(CanaryTasks, OfWhatIsNotFlattenedTheLowerHostSends) {
  const CanaryRequest request = stacked(false);
  const CanaryStage stage = make_stage(request);
  EXPECT_EQ(stage.machines.size(), 3U);
  EXPECT_TRUE(stage.anchors.contains("lower.a"));
  size_t exact = 0;
  for (const CanaryTask& task : make_tasks(request, stage, std::vector<bool>(5, true)).tasks) {
    if (task.owner != "upper" || task.kind != CanaryTry::kExactCopy) continue;
    ++exact;
    ASSERT_TRUE(task.from_node);
    EXPECT_EQ(stage.nodes[*task.from_node].owner, "lower");
    EXPECT_FALSE(stage.nodes[*task.from_node].backsides.empty());
  }
  EXPECT_EQ(exact, 2U);
}

}  // namespace
}  // namespace vinet::machine
