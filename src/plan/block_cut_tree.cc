#include "plan/block_cut_tree.h"

#include <algorithm>

namespace vinet::plan {
namespace {

constexpr uint32_t kUnseen = ~uint32_t{0};

}  // namespace

BlockCutTree::BlockCutTree(const InternetPlan& plan, const Topology& topology) {
  std::vector<uint32_t> roots(topology.size());
  for (uint32_t node = 0; node < roots.size(); ++node) roots[node] = node;
  std::stable_partition(roots.begin(), roots.end(),
                        [&](uint32_t node) { return plan.nodes[node].transit; });
  find_components(topology, roots);
  collect_below(plan);
  number(roots);
}

void BlockCutTree::find_components(const Topology& topology, const std::vector<uint32_t>& roots) {
  struct Frame {
    uint32_t node, link;  // the link it was entered by
    uint32_t next = 0;    // hop to look at
  };
  above_.assign(topology.size(), kNoComponent);
  std::vector<uint32_t> seen(topology.size(), kUnseen);  // when a node was entered
  std::vector<uint32_t> low(topology.size());  // the earliest node reached from it and below
  std::vector<uint32_t> waiting;               // entered, and in no component yet
  uint32_t now = 0;
  std::vector<Frame> path;
  const auto enter = [&](uint32_t node, uint32_t link) {
    seen[node] = low[node] = now++;
    waiting.push_back(node);
    path.push_back({node, link});
  };
  for (const uint32_t root : roots) {
    if (seen[root] != kUnseen) continue;
    waiting.clear();
    enter(root, kUnseen);
    while (!path.empty()) {
      Frame& frame = path.back();
      const auto hops = topology.hops(frame.node);
      if (frame.next < hops.size()) {
        const Hop hop = hops[frame.next++];
        if (hop.link == frame.link) continue;
        if (seen[hop.neighbour] == kUnseen) {
          enter(hop.neighbour, hop.link);
        } else {
          low[frame.node] = std::min(low[frame.node], seen[hop.neighbour]);
        }
        continue;
      }
      const uint32_t node = frame.node;
      path.pop_back();
      if (path.empty()) break;
      const uint32_t parent = path.back().node;
      low[parent] = std::min(low[parent], low[node]);
      if (low[node] < seen[parent]) continue;
      const auto begin = std::find(waiting.rbegin(), waiting.rend(), node).base() - 1;
      for (auto it = begin; it != waiting.end(); ++it) above_[*it] = components();
      members_.insert(members_.end(), begin, waiting.end());
      waiting.erase(begin, waiting.end());
      first_member_.push_back(static_cast<uint32_t>(members_.size()));
      tops_.push_back(parent);
    }
  }
}

void BlockCutTree::collect_below(const InternetPlan& plan) {
  first_below_.assign(above_.size() + 1, 0);
  for (const uint32_t top : tops_) ++first_below_[top + 1];
  for (size_t i = 1; i < first_below_.size(); ++i) first_below_[i] += first_below_[i - 1];
  const auto is_single_host = [&](uint32_t component) {
    const auto nodes = members(component);
    return nodes.size() == 1 && !plan.nodes[nodes[0]].transit &&
           first_below_[nodes[0]] == first_below_[nodes[0] + 1];
  };
  below_.resize(tops_.size());
  std::vector<uint32_t> next(first_below_.begin(), first_below_.end() - 1);
  for (const bool single : {true, false}) {
    for (uint32_t component = 0; component < components(); ++component) {
      if (is_single_host(component) == single) below_[next[tops_[component]]++] = component;
    }
  }
}

void BlockCutTree::number(const std::vector<uint32_t>& roots) {
  position_.assign(above_.size(), 0);
  hanging_.assign(above_.size(), 1);
  order_.reserve(above_.size());
  std::vector<uint32_t> open;
  for (const uint32_t root : roots) {
    if (above_[root] != kNoComponent) continue;
    open.push_back(root);
    while (!open.empty()) {
      const uint32_t node = open.back();
      open.pop_back();
      position_[node] = static_cast<uint32_t>(order_.size());
      order_.push_back(node);
      const auto below = components_below(node);
      for (auto component = below.rbegin(); component != below.rend(); ++component) {
        const auto nodes = members(*component);
        open.insert(open.end(), nodes.rbegin(), nodes.rend());
      }
    }
  }
  for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
    if (above_[*node] != kNoComponent) hanging_[tops_[above_[*node]]] += hanging_[*node];
  }
}

}  // namespace vinet::plan
