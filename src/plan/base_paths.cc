#include "plan/base_paths.h"

#include <algorithm>
#include <queue>

namespace vinet::plan {

BasePaths::BasePaths(const BasePlan& base)
    : hops_(base.machines.size()),
      distance_(base.machines.size() * base.machines.size(), kUnreachable) {
  for (uint32_t i = 0; i < base.links.size(); ++i) {
    const BaseLinkPlan& link = base.links[i];
    hops_[link.a.machine.index].push_back({i, link.b.machine.index, true, link.cost});
    hops_[link.b.machine.index].push_back({i, link.a.machine.index, false, link.cost});
  }
  using Entry = std::pair<uint64_t, uint32_t>;  // distance, machine
  for (uint32_t from = 0; from < size(); ++from) {
    uint64_t* const distance = distance_.data() + from * size();
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
    distance[from] = 0;
    open.emplace(0, from);
    while (!open.empty()) {
      const auto [far, machine] = open.top();
      open.pop();
      if (far > distance[machine]) continue;
      for (const BaseHop& hop : hops_[machine]) {
        if (far + hop.cost >= distance[hop.machine]) continue;
        distance[hop.machine] = far + hop.cost;
        open.emplace(far + hop.cost, hop.machine);
      }
    }
  }
}

std::vector<BaseHop> BasePaths::ways(uint32_t from, uint32_t to) const {
  std::vector<BaseHop> ways;
  if (from == to || distance(from, to) == kUnreachable) return ways;
  for (const BaseHop& hop : hops_[from]) {
    const uint64_t rest = distance(hop.machine, to);
    if (rest < distance(hop.machine, from) + distance(from, to)) ways.push_back(hop);
  }
  std::stable_sort(ways.begin(), ways.end(), [&](const BaseHop& x, const BaseHop& y) {
    return x.cost + distance(x.machine, to) < y.cost + distance(y.machine, to);
  });
  return ways;
}

}  // namespace vinet::plan
