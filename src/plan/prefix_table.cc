#include "plan/prefix_table.h"

#include <algorithm>

namespace vinet::plan {

const std::vector<ColouredPrefix>& PrefixTable::make(uint32_t network, uint8_t length,
                                                     const std::vector<ColouredRange>& ranges) {
  nodes_.clear();
  colours_.clear();
  table_.clear();
  ranges_ = ranges.data();
  nodes_.emplace_back();  // number 0 is no node
  write(learn(network, length, 0, ranges.size()), network, length, nullptr);
  return table_;
}

/// The node of a prefix that the ranges first .. last - 1 cover.
uint32_t PrefixTable::learn(uint64_t network, unsigned length, size_t first, size_t last) {
  Node node;
  if (last - first > 1) {
    const uint64_t middle = network + (uint64_t{1} << (31 - length));
    const auto* behind =  // the first range that begins behind the middle
        std::upper_bound(ranges_ + first, ranges_ + last, middle,
                         [](uint64_t at, const ColouredRange& range) { return at < range.begin; });
    const auto split = static_cast<size_t>(behind - ranges_);
    const bool at_middle = split > first && ranges_[split - 1].begin == middle;
    node.low = learn(network, length + 1, first, at_middle ? split - 1 : split);
    node.high = learn(middle, length + 1, split - 1, last);
    const Node low = nodes_[node.low], high = nodes_[node.high];
    node.begin = static_cast<uint32_t>(colours_.size());
    for (uint32_t i = low.begin, k = high.begin; i < low.end && k < high.end;) {
      if (colours_[i] == colours_[k]) colours_.push_back(colours_[i]);
      const bool step_low = colours_[i] <= colours_[k], step_high = colours_[k] <= colours_[i];
      i += step_low ? 1 : 0;
      k += step_high ? 1 : 0;
    }
    if (node.begin == colours_.size()) {
      colours_.resize(node.begin + (low.end - low.begin) + (high.end - high.begin));
      const auto at = [&](uint32_t i) { return colours_.begin() + i; };
      std::merge(at(low.begin), at(low.end), at(high.begin), at(high.end), at(node.begin));
    }
  } else {
    node.begin = static_cast<uint32_t>(colours_.size());
    colours_.push_back(ranges_[first].colour);
  }
  node.end = static_cast<uint32_t>(colours_.size());
  nodes_.push_back(node);
  return static_cast<uint32_t>(nodes_.size() - 1);
}

void PrefixTable::write(uint32_t number, uint64_t network, unsigned length,
                        const uint32_t* inherited) {
  const Node node = nodes_[number];
  const auto best = colours_.begin() + node.begin;
  uint32_t colour = *best;
  if (inherited != nullptr && std::binary_search(best, colours_.begin() + node.end, *inherited)) {
    colour = *inherited;
  } else {
    table_.push_back({static_cast<uint32_t>(network), static_cast<uint8_t>(length), colour});
  }
  if (node.low == 0) return;
  write(node.low, network, length + 1, &colour);
  write(node.high, network + (uint64_t{1} << (31 - length)), length + 1, &colour);
}

}  // namespace vinet::plan
