// Sampling connected pairs.
//
// Problem:   N · (N - 1) pairs are too many to list, and not all are connected: no way leads
//            through a node without `transit`.
// Approach:  the nodes with `transit` fall into components; a group is one of these with the nodes
//            without `transit` beside it. Two nodes are connected where they share a group, or
//            where a link joins two nodes without `transit`: that is a group of its own. A random
//            ring through each group makes all its members source and target once; the rest is
//            drawn, groups weighted by their pairs.
// Invariant: every pair that is chosen shares a group, and no pair is chosen twice.
#include "plan/sample.h"

#include <algorithm>
#include <set>

namespace vinet::plan {
namespace {

using Group = std::vector<uint32_t>;

/// Splitmix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  /// 0 to `bound` - 1; `bound` is more than 0. The bias is below bound / 2^64.
  uint64_t below(uint64_t bound) {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % bound;
  }

 private:
  uint64_t state_;
};

/// Sets of nodes of `among` any two of which are connected; two nodes may share several.
std::vector<Group> groups_of(const InternetPlan& internet, Family family, const NodeSet& among) {
  const auto count = static_cast<uint32_t>(internet.nodes.size());
  std::vector<std::vector<uint32_t>> neighbours(count);
  std::set<Group> pairs;
  for (const LinkPlan& link : internet.links) {
    if (family == Family::kIpv6 && !link.ipv6) continue;
    const uint32_t a = link.a.node.index;
    const uint32_t b = link.b.node.index;
    neighbours[a].push_back(b);
    neighbours[b].push_back(a);
    if (!internet.nodes[a].transit && !internet.nodes[b].transit) {
      pairs.insert({std::min(a, b), std::max(a, b)});
    }
  }
  std::vector<Group> groups(pairs.begin(), pairs.end());
  std::vector<bool> seen(count, false);
  std::vector<uint32_t> in_group(count, count);
  for (uint32_t first = 0; first < count; ++first) {
    if (seen[first] || !internet.nodes[first].transit) continue;
    Group group{first};
    in_group[first] = first;
    for (size_t i = 0; i < group.size(); ++i) {
      if (!internet.nodes[group[i]].transit) continue;
      seen[group[i]] = true;
      for (const uint32_t next : neighbours[group[i]]) {
        if (in_group[next] == first) continue;
        in_group[next] = first;
        group.push_back(next);
      }
    }
    groups.push_back(std::move(group));
  }
  std::vector<Group> chosen;
  for (Group& group : groups) {
    group.erase(std::remove_if(group.begin(), group.end(),
                               [&](uint32_t node) { return !holds(among, node); }),
                group.end());
    if (group.size() > 1) chosen.push_back(std::move(group));
  }
  return chosen;
}

}  // namespace

uint64_t count_connected_pairs(const InternetPlan& internet, Family family, const NodeSet& among) {
  const std::vector<Group> groups = groups_of(internet, family, among);
  std::vector<std::vector<uint32_t>> groups_at(internet.nodes.size());
  for (uint32_t i = 0; i < groups.size(); ++i) {
    for (const uint32_t node : groups[i]) groups_at[node].push_back(i);
  }
  uint64_t pairs = 0;
  std::vector<uint32_t> counted_for(internet.nodes.size(), ~uint32_t{0});
  for (uint32_t node = 0; node < groups_at.size(); ++node) {
    if (groups_at[node].size() == 1) pairs += groups[groups_at[node].front()].size() - 1;
    if (groups_at[node].size() < 2) continue;
    for (const uint32_t group : groups_at[node]) {
      for (const uint32_t other : groups[group]) {
        if (other == node || counted_for[other] == node) continue;
        counted_for[other] = node;
        ++pairs;
      }
    }
  }
  return pairs;
}

std::vector<std::pair<NodeId, NodeId>> sample_connected_pairs(const InternetPlan& internet,
                                                              Family family, size_t count,
                                                              uint64_t seed, const NodeSet& among) {
  std::vector<Group> groups = groups_of(internet, family, among);
  std::set<std::pair<NodeId, NodeId>> chosen;
  Random random(seed);
  std::vector<uint64_t> pairs_up_to;
  uint64_t pairs = 0;
  for (Group& group : groups) {
    for (size_t i = group.size(); i > 1; --i) std::swap(group[i - 1], group[random.below(i)]);
    for (size_t i = 0; i < group.size(); ++i) {
      chosen.emplace(NodeId{group[i]}, NodeId{group[(i + 1) % group.size()]});
    }
    pairs_up_to.push_back(pairs += uint64_t{group.size()} * (group.size() - 1));
  }
  // Where nearly all are asked for, most draws are of pairs that are chosen already.
  constexpr size_t kMostDraws = 50;
  for (size_t draws = 0; chosen.size() < count && pairs > 0 && draws < count * kMostDraws;
       ++draws) {
    const auto at = std::upper_bound(pairs_up_to.begin(), pairs_up_to.end(), random.below(pairs));
    const Group& group = groups[static_cast<size_t>(at - pairs_up_to.begin())];
    const uint64_t from = random.below(group.size());
    const uint64_t to = (from + 1 + random.below(group.size() - 1)) % group.size();
    chosen.emplace(NodeId{group[from]}, NodeId{group[to]});
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace vinet::plan
