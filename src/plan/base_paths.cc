#include "plan/base_paths.h"

#include <algorithm>
#include <queue>

namespace vinet::plan {
namespace {

constexpr size_t kMostKept = size_t{64} << 17;  // distances of 8 bytes: 64 MB

}  // namespace

BasePaths::BasePaths(const BasePlan& base)
    : hops_(base.machines.size()),
      fleet_(base.fleet),
      rows_(base.machines.size()),
      near_(base.machines.size()) {
  transit_.reserve(base.machines.size());
  for (const MachinePlan& machine : base.machines) transit_.push_back(machine.transit);
  for (uint32_t i = 0; i < base.links.size(); ++i) {
    const BaseLinkPlan& link = base.links[i];
    hops_[link.a.machine.index].push_back({i, link.b.machine.index, true, link.cost});
    hops_[link.b.machine.index].push_back({i, link.a.machine.index, false, link.cost});
  }
}

void BasePaths::search(uint32_t from, uint64_t radius, std::vector<uint64_t>& distance,
                       std::vector<uint32_t>& reached) const {
  using Entry = std::pair<uint64_t, uint32_t>;  // distance, machine
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  distance[from] = 0;
  reached.push_back(from);
  open.emplace(0, from);
  while (!open.empty()) {
    const auto [far, machine] = open.top();
    open.pop();
    if (far > distance[machine] || far > radius) continue;
    if (machine != from && !transit_[machine]) continue;
    for (const BaseHop& hop : hops_[machine]) {
      if (far + hop.cost >= distance[hop.machine]) continue;
      if (distance[hop.machine] == kUnreachable) reached.push_back(hop.machine);
      distance[hop.machine] = far + hop.cost;
      open.emplace(far + hop.cost, hop.machine);
    }
  }
}

const std::vector<uint64_t>& BasePaths::to_target(uint32_t to) {
  std::vector<uint64_t>& row = rows_[to];
  if (!row.empty()) return row;
  if ((rows_kept_ + 1) * size() > kMostKept) {
    for (std::vector<uint64_t>& old : rows_) std::vector<uint64_t>().swap(old);
    rows_kept_ = 0;
  }
  ++rows_kept_;
  row.assign(size(), fleet_ ? 1 : kUnreachable);
  if (fleet_) {
    row[to] = 0;
    return row;
  }
  std::vector<uint32_t> reached;
  search(to, kUnreachable, row, reached);
  return row;
}

const std::vector<uint64_t>& BasePaths::near(uint32_t machine) {
  std::vector<uint64_t>& near = near_[machine];
  if (!near.empty() || hops_[machine].empty()) return near;
  uint64_t radius = 0;
  for (const BaseHop& hop : hops_[machine]) radius = std::max(radius, hop.cost);
  scratch_.resize(size(), kUnreachable);
  std::vector<uint32_t> reached;
  search(machine, radius, scratch_, reached);
  for (const BaseHop& hop : hops_[machine]) near.push_back(scratch_[hop.machine]);
  for (const uint32_t one : reached) scratch_[one] = kUnreachable;
  return near;
}

std::vector<BaseHop> BasePaths::ways(uint32_t from, uint32_t to) {
  std::vector<BaseHop> ways;
  const std::vector<uint64_t>& distance = to_target(to);
  if (fleet_ || from == to || distance[from] == kUnreachable) return ways;
  const std::vector<uint64_t>& back = near(from);
  for (size_t i = 0; i < hops_[from].size(); ++i) {
    const BaseHop& hop = hops_[from][i];
    if (hop.machine != to && !transit_[hop.machine]) continue;
    const uint64_t rest = distance[hop.machine];
    if (rest < back[i] + distance[from]) ways.push_back(hop);
  }
  std::stable_sort(ways.begin(), ways.end(), [&](const BaseHop& x, const BaseHop& y) {
    return x.cost + distance[x.machine] < y.cost + distance[y.machine];
  });
  return ways;
}

}  // namespace vinet::plan
