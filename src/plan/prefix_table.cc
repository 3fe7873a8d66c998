#include "plan/prefix_table.h"

#include <algorithm>

namespace vinet::plan {

const std::vector<ColouredPrefix>& PrefixTable::make(uint32_t network, uint8_t length,
                                                     const std::vector<ColouredRange>& ranges) {
  nodes_.clear();
  prices_.clear();
  table_.clear();
  ranges_ = ranges.data();
  nodes_.emplace_back();  // number 0 is no node
  const uint32_t root = learn(network, length, 0, ranges.size());
  // What covers the whole prefix: a way where that saves a route, else none.
  uint32_t covering = nodes_[root].colour;
  if (nodes_[root].low != 0 && covering == kNowhere) {
    const Node& node = nodes_[root];
    for (uint32_t i = node.begin; i < node.end && covering == kNowhere; ++i) {
      const uint32_t colour = prices_[i].colour;
      if (price(node.low, colour) + price(node.high, colour) < 0) covering = colour;
    }
  }
  table_.push_back({network, length, covering});
  write(root, network, length, covering);
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
    const bool at_middle = ranges_[split - 1].begin == middle;
    node.low = learn(network, length + 1, first, at_middle ? split - 1 : split);
    node.high = learn(middle, length + 1, split - 1, last);
    join(node);
  } else {
    node.colour = ranges_[first].colour;
    node.begin = static_cast<uint32_t>(prices_.size());
    if (node.colour != kNowhere) prices_.push_back({node.colour, -1});
    node.end = static_cast<uint32_t>(prices_.size());
  }
  nodes_.push_back(node);
  return static_cast<uint32_t>(nodes_.size() - 1);
}

/// The prices of a prefix by those of its halves. For a colour that saves a route in both, a route
/// of its own is worth it: then `nowhere` itself costs one less than in the halves together.
void PrefixTable::join(Node& node) {
  const Node low = nodes_[node.low], high = nodes_[node.high];
  node.begin = static_cast<uint32_t>(prices_.size());
  for (uint32_t i = low.begin, k = high.begin; i < low.end || k < high.end;) {
    const bool from_low = k == high.end || (i < low.end && prices_[i].colour <= prices_[k].colour);
    const bool from_high = i == low.end || (k < high.end && prices_[k].colour <= prices_[i].colour);
    const uint32_t colour = from_low ? prices_[i].colour : prices_[k].colour;
    const int more = (from_low ? prices_[i++].more : 1) + (from_high ? prices_[k++].more : 1);
    if (more == -2 && node.colour == kNowhere) node.colour = colour;
    if (more <= 0) prices_.push_back({colour, more});
  }
  if (node.colour != kNowhere) {
    auto kept = prices_.begin() + node.begin;
    for (auto it = kept; it != prices_.end(); ++it) {
      if (it->more < 0) *kept++ = {it->colour, it->more + 1};
    }
    prices_.erase(kept, prices_.end());
  }
  node.end = static_cast<uint32_t>(prices_.size());
}

int PrefixTable::price(uint32_t number, uint32_t colour) const {
  const Node& node = nodes_[number];
  const auto begin = prices_.begin() + node.begin, end = prices_.begin() + node.end;
  const auto it = std::lower_bound(begin, end, colour, [](const Price& price, uint32_t wanted) {
    return price.colour < wanted;
  });
  return it != end && it->colour == colour ? it->more : 1;
}

void PrefixTable::write(uint32_t number, uint64_t network, unsigned length, uint32_t inherited) {
  const Node node = nodes_[number];
  const auto add = [&](uint32_t colour) {
    table_.push_back({static_cast<uint32_t>(network), static_cast<uint8_t>(length), colour});
  };
  // Is it dearer to go on with what is inherited than with kNowhere and a route for that?
  const bool leave = inherited != kNowhere && inherited != node.colour &&
                     (node.low == 0 || price(node.low, inherited) + price(node.high, inherited) >
                                           (node.colour == kNowhere ? 1 : 0));
  uint32_t covering = leave ? kNowhere : inherited;
  if (covering == kNowhere && node.colour != kNowhere) {
    covering = node.colour;
    add(covering);
  }
  if (leave) add(kNowhere);
  if (node.low == 0) return;
  write(node.low, network, length + 1, covering);
  write(node.high, network + (uint64_t{1} << (31 - length)), length + 1, covering);
}

}  // namespace vinet::plan
