// Pairs of nodes that the plan connects: how many there are, and a random sample of them, without
// listing all, of which a large internet has too many.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "plan/query.h"

namespace vinet::plan {

/// How many pairs connected_pairs() lists.
/// Cost: O(N + L), and O(N) more for each node without `transit` that has links into several parts.
uint64_t count_connected_pairs(const InternetPlan& internet, Family family,
                               const NodeSet& among = {});

/// Different pairs out of those that connected_pairs() lists: about `count`, but as many as it
/// takes for every node that has pairs to be source at least once and target at least once. The
/// same seed chooses the same pairs. Sorted. Cost: O(N + L + count · log count).
std::vector<std::pair<NodeId, NodeId>> sample_connected_pairs(const InternetPlan& internet,
                                                              Family family, size_t count,
                                                              uint64_t seed,
                                                              const NodeSet& among = {});

}  // namespace vinet::plan
