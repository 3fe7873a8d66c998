// Samples of connected pairs, against the list of all of them.
#include "plan/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace vinet::plan {
namespace {

InternetPlan random_internet(uint32_t seed) {
  std::mt19937 random(seed);
  InternetPlan internet;
  const uint32_t nodes = 1 + random() % 30;
  for (uint32_t i = 0; i < nodes; ++i) {
    internet.nodes.emplace_back().name = "n" + std::to_string(i);
    internet.nodes.back().transit = random() % 3 != 0;
  }
  for (uint32_t i = 0; nodes > 1 && i < random() % (2 * nodes); ++i) {
    LinkPlan link;
    link.a.node.index = random() % nodes;
    link.b.node.index = (link.a.node.index + 1 + random() % (nodes - 1)) % nodes;
    link.ipv6 = random() % 4 != 0;
    internet.links.push_back(link);
  }
  return internet;
}

using Pairs = std::vector<std::pair<NodeId, NodeId>>;

TEST(Sample, CountsAsManyAsAreListed) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const InternetPlan internet = random_internet(seed);
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      EXPECT_EQ(count_connected_pairs(internet, family), connected_pairs(internet, family).size())
          << "seed " << seed;
    }
  }
}

TEST(Sample, IsOfConnectedPairsAndReachesEveryNode) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const InternetPlan internet = random_internet(seed);
    const Pairs all = connected_pairs(internet);
    const Pairs some = sample_connected_pairs(internet, Family::kIpv4, all.size() / 3, seed);
    EXPECT_TRUE(std::includes(all.begin(), all.end(), some.begin(), some.end())) << "seed " << seed;
    std::set<NodeId> sources, targets, from, to;
    for (const auto& [a, b] : all) sources.insert(a), targets.insert(b);
    for (const auto& [a, b] : some) from.insert(a), to.insert(b);
    EXPECT_EQ(from, sources) << "seed " << seed;
    EXPECT_EQ(to, targets) << "seed " << seed;
  }
}

TEST(Sample, AmongSomeNodesOnlyTheirPairsAreListedCountedAndSampled) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const InternetPlan internet = random_internet(seed);
    std::mt19937 random(seed);
    NodeSet among(internet.nodes.size());
    for (size_t i = 0; i < among.size(); ++i) among[i] = random() % 2 == 0;
    Pairs want;
    for (const auto& pair : connected_pairs(internet)) {
      if (among[pair.first.index] && among[pair.second.index]) want.push_back(pair);
    }
    EXPECT_EQ(connected_pairs(internet, Family::kIpv4, among), want) << "seed " << seed;
    EXPECT_EQ(count_connected_pairs(internet, Family::kIpv4, among), want.size())
        << "seed " << seed;
    const Pairs some =
        sample_connected_pairs(internet, Family::kIpv4, want.size() / 2, seed, among);
    EXPECT_TRUE(std::includes(want.begin(), want.end(), some.begin(), some.end()))
        << "seed " << seed;
    EXPECT_EQ(some.empty(), want.empty()) << "seed " << seed;
  }
}

TEST(Sample, HasTheSizeAskedForAndFollowsItsSeed) {
  InternetPlan internet;
  for (uint32_t i = 0; i < 200; ++i) internet.nodes.emplace_back().transit = true;
  for (uint32_t i = 1; i < 200; ++i) {
    LinkPlan link;
    link.a.node.index = i - 1;
    link.b.node.index = i;
    internet.links.push_back(link);
  }
  const Pairs first = sample_connected_pairs(internet, Family::kIpv4, 1000, 7);
  EXPECT_EQ(first.size(), 1000);
  EXPECT_EQ(sample_connected_pairs(internet, Family::kIpv4, 1000, 7), first);
  EXPECT_NE(sample_connected_pairs(internet, Family::kIpv4, 1000, 8), first);
  EXPECT_EQ(sample_connected_pairs(internet, Family::kIpv4, 1, 7).size(), 200) << "a ring";
}

TEST(Sample, OfNothingIsNothing) {
  EXPECT_TRUE(sample_connected_pairs({}, Family::kIpv4, 10, 1).empty());
  EXPECT_EQ(count_connected_pairs({}, Family::kIpv6), 0);
}

}  // namespace
}  // namespace vinet::plan
