#include "plan/component_paths.h"

#include <algorithm>
#include <functional>
#include <map>

namespace vinet::plan {
namespace {

constexpr uint64_t kFar = ~uint64_t{0};

}  // namespace

ComponentPaths::ComponentPaths(const InternetPlan& plan, const Topology& topology,
                               const BlockCutTree& tree)
    : plan_(plan), tree_(tree), number_(topology.size(), 0) {
  for (uint32_t c = 0; c < tree.components(); ++c) {
    const auto members = tree.members(c);
    for (uint32_t i = 0; i < members.size(); ++i) number_[members[i]] = i + 1;
  }
  edges_.reserve(2 * plan.links.size());
  for (uint32_t c = 0; c < tree.components(); ++c) {
    first_node_.push_back(static_cast<uint32_t>(first_edge_.size()));
    const uint32_t top = tree.top(c);
    const size_t begin = edges_.size();
    // The top may have many more components: its edges are found from the other ends.
    std::vector<Edge> of_top;
    for (const uint32_t member : tree.members(c)) {
      for (const Hop& hop : topology.hops(member)) {
        if (hop.neighbour == top) {
          of_top.push_back({hop.link, number_[member], plan.links[hop.link].cost});
        }
      }
    }
    std::sort(of_top.begin(), of_top.end(),
              [](const Edge& x, const Edge& y) { return x.link < y.link; });
    first_edge_.push_back(static_cast<uint32_t>(edges_.size()));
    edges_.insert(edges_.end(), of_top.begin(), of_top.end());
    for (const uint32_t member : tree.members(c)) {
      first_edge_.push_back(static_cast<uint32_t>(edges_.size()));
      for (const Hop& hop : topology.hops(member)) {
        if (hop.neighbour != top && tree.component_above(hop.neighbour) != c) continue;
        edges_.push_back({hop.link, number(c, hop.neighbour), plan.links[hop.link].cost});
      }
    }
    first_edge_.push_back(static_cast<uint32_t>(edges_.size()));
    const auto other_cost = [&](const Edge& edge) { return edge.cost != edges_[begin].cost; };
    uniform_.push_back(
        std::none_of(edges_.begin() + static_cast<std::ptrdiff_t>(begin), edges_.end(), other_cost)
            ? 1
            : 0);
  }
}

std::pair<const ComponentPaths::Edge*, const ComponentPaths::Edge*> ComponentPaths::edges(
    uint32_t component, uint32_t number) const {
  const uint32_t at = first_node_[component] + number;
  return {edges_.data() + first_edge_[at], edges_.data() + first_edge_[at + 1]};
}

void ComponentPaths::search(uint32_t component, uint32_t source) {
  const size_t count = tree_.members(component).size() + 1;
  const uint32_t self = number(component, source);
  const auto [begin, end] = edges(component, self);
  words_ = (static_cast<size_t>(end - begin) + 63) / 64;
  distance_.assign(count, kFar);
  bits_.assign(count * words_, 0);
  expand(component, self);
  name_sets(component, self);
}

void ComponentPaths::expand(uint32_t component, uint32_t source) {
  const auto members = tree_.members(component);
  const auto passes = [&](uint32_t number) {
    const uint32_t node = number == 0 ? tree_.top(component) : members[number - 1];
    return number == source || plan_.nodes[node].transit;
  };
  const auto [own, own_end] = edges(component, source);
  const bool uniform = uniform_[component] != 0;
  open_.assign(1, {0, source});
  distance_[source] = 0;
  for (size_t next = 0; uniform ? next < open_.size() : !open_.empty(); ++next) {
    const auto [far, at] = uniform ? open_[next] : open_.front();
    if (!uniform) {
      std::pop_heap(open_.begin(), open_.end(), std::greater<>{});
      open_.pop_back();
    }
    if (far > distance_[at] || !passes(at)) continue;
    const auto [begin, end] = edges(component, at);
    for (const Edge* edge = begin; edge != end; ++edge) {
      const uint64_t through = far + edge->cost;
      if (through > distance_[edge->to]) continue;
      uint64_t* const bits = bits_.data() + edge->to * words_;
      if (through < distance_[edge->to]) {
        distance_[edge->to] = through;
        std::fill_n(bits, words_, 0);
        open_.emplace_back(through, edge->to);
        if (!uniform) std::push_heap(open_.begin(), open_.end(), std::greater<>{});
      }
      if (at == source) {
        const auto slot = static_cast<size_t>(edge - own);
        bits[slot / 64] |= uint64_t{1} << (slot % 64);
      } else {
        for (size_t w = 0; w < words_; ++w) bits[w] |= bits_[at * words_ + w];
      }
    }
  }
}

void ComponentPaths::name_sets(uint32_t component, uint32_t source) {
  const auto less = [&](uint32_t x, uint32_t y) {
    const auto *a = bits_.data() + x * words_, *b = bits_.data() + y * words_;
    return std::lexicographical_compare(a, a + words_, b, b + words_);
  };
  std::map<uint32_t, uint32_t, decltype(less)> known(less);  // by a node that has the set
  const auto own = edges(component, source).first;
  set_of_.assign(distance_.size(), kNoPath);
  sets_.clear();
  for (uint32_t number = 0; number < distance_.size(); ++number) {
    if (number == source || distance_[number] == kFar) continue;
    const auto [it, is_new] = known.emplace(number, static_cast<uint32_t>(sets_.size()));
    set_of_[number] = it->second;
    if (!is_new) continue;
    std::vector<uint32_t>& links = sets_.emplace_back();
    for (size_t slot = 0; slot < words_ * 64; ++slot) {
      const uint64_t word = bits_[number * words_ + slot / 64];
      if ((word >> (slot % 64) & 1) != 0) links.push_back(own[slot].link);
    }
  }
}

}  // namespace vinet::plan
