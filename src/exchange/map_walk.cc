// The order in which a map shows nodes.
#include <algorithm>

#include "exchange/map.h"

namespace vinet::exchange {

Walk walk(const plan::InternetPlan& internet) {
  const size_t count = internet.nodes.size();
  Walk walk;
  walk.row.assign(count, count);
  walk.neighbours.resize(count);
  for (const plan::LinkPlan& link : internet.links) {
    walk.neighbours[link.a.node.index].push_back(link.b.node.index);
    walk.neighbours[link.b.node.index].push_back(link.a.node.index);
  }
  for (auto& list : walk.neighbours) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  std::vector<uint32_t> starts;
  for (uint32_t i = 0; i < count; ++i) starts.push_back(i);
  // Ends first: a chain is then one walk.
  std::stable_sort(starts.begin(), starts.end(), [&](uint32_t a, uint32_t b) {
    return (walk.neighbours[a].size() <= 1) > (walk.neighbours[b].size() <= 1);
  });
  for (const uint32_t start : starts) {
    std::vector<uint32_t> open{start};
    while (!open.empty()) {
      const uint32_t node = open.back();
      open.pop_back();
      if (walk.row[node] != count) continue;
      walk.row[node] = walk.order.size();
      walk.order.push_back(plan::NodeId{node});
      const auto& next = walk.neighbours[node];
      for (auto at = next.rbegin(); at != next.rend(); ++at) {
        if (walk.row[*at] == count) open.push_back(*at);
      }
    }
  }
  for (auto& list : walk.neighbours) {
    std::sort(list.begin(), list.end(),
              [&](uint32_t a, uint32_t b) { return walk.row[a] < walk.row[b]; });
  }
  return walk;
}

}  // namespace vinet::exchange
