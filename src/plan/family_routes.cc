#include "plan/family_routes.h"

#include <algorithm>

namespace vinet::plan {
namespace {

bool is_before(const Area& x, const Area& y) {
  return x.begin < y.begin;
}

}  // namespace

FamilyRoutes::FamilyRoutes(const InternetPlan& plan, bool ipv6)
    : plan_(plan),
      topology_(plan, ipv6),
      tree_(plan, topology_),
      areas_(find_areas(plan, ipv6, tree_.order().empty() ? 0 : tree_.order().front())),
      paths_(plan, topology_, tree_) {
  group_areas();
  collect_ranges();
}

void FamilyRoutes::group_areas() {
  first_own_.assign(plan_.nodes.size() + 1, 0);
  for (const Area& area : areas_.inside) ++first_own_[area.node + 1];
  for (size_t i = 1; i < first_own_.size(); ++i) first_own_[i] += first_own_[i - 1];
  own_.resize(areas_.inside.size());
  std::vector<uint32_t> next(first_own_.begin(), first_own_.end() - 1);
  for (const Area& area : areas_.inside) own_[next[area.node]++] = area;
}

/// From the leaves up: what hangs on a node is its own areas and the ranges of the components below
/// it, joined where they touch.
void FamilyRoutes::collect_ranges() {
  ranges_.resize(tree_.components());
  std::vector<Range> hanging;
  for (auto it = tree_.order().rbegin(); it != tree_.order().rend(); ++it) {
    const uint32_t node = *it;
    const uint32_t above = tree_.component_above(node);
    const bool closed = !plan_.nodes[node].transit;
    hanging.clear();
    for (const uint32_t component : tree_.components_below(node)) {
      std::vector<Range>& of_component = ranges_[component];
      std::sort(of_component.begin(), of_component.end());
      if (above == kNoComponent) continue;
      for (const Range& range : of_component) {
        hanging.push_back({range.begin, range.end, node, closed});
      }
    }
    if (above == kNoComponent) continue;
    for (uint32_t i = first_own_[node]; i < first_own_[node + 1]; ++i) {
      hanging.push_back({own_[i].begin, own_[i].end, node, false});
    }
    std::sort(hanging.begin(), hanging.end());
    std::vector<Range>& joined = ranges_[above];
    const size_t begin = joined.size();
    for (const Range& range : hanging) {
      if (joined.size() > begin && joined.back().end == range.begin &&
          joined.back().beyond == range.beyond) {
        joined.back().end = range.end;
      } else {
        joined.push_back(range);
      }
    }
  }
}

void FamilyRoutes::visit(uint32_t node) {
  self_ = node;
  hops_.clear();
  colours_.clear();
  coloured_.clear();
  uint32_t rest = kNowhere;
  const uint32_t above = tree_.component_above(node);
  if (above != kNoComponent) {
    colour_component(above, node);
    add_component(above, node, coloured_);
    const uint32_t top = tree_.top(above), to_top = component_colour(above, top);
    if (plan_.nodes[top].transit) {
      rest = to_top;
    } else {
      for (uint32_t i = first_own_[top]; i < first_own_[top + 1]; ++i) {
        coloured_.push_back({own_[i].begin, own_[i].end, to_top});
      }
    }
  }
  for (const uint32_t component : tree_.components_below(node)) {
    colour_component(component, node);
    add_component(component, node, coloured_);
  }
  for (uint32_t i = first_own_[node]; i < first_own_[node + 1]; ++i) {
    coloured_.push_back({own_[i].begin, own_[i].end, kNowhere});
  }
  if (!std::is_sorted(coloured_.begin(), coloured_.end(), is_before)) {
    std::sort(coloured_.begin(), coloured_.end(), is_before);
  }
  row_.clear();
  const auto add = [&](uint32_t begin, uint32_t colour) {
    if (row_.empty() || row_.back().colour != colour) row_.push_back({begin, colour});
  };
  uint32_t at = areas_.inside.front().begin;
  const uint32_t network = at;
  for (const Area& area : coloured_) {
    if (area.begin > at) add(at, rest);
    add(area.begin, area.node);
    at = area.end;
  }
  if (at < areas_.inside.back().end) add(at, rest);
  table_ = &prefixes_.make(network, plan_.pool.length, row_);
}

/// Names the ways from `self` to the other nodes of one of its components.
void FamilyRoutes::colour_component(uint32_t component, uint32_t self) {
  paths_.search(component, self);
  const auto first = static_cast<uint32_t>(hops_.size());
  hops_.insert(hops_.end(), paths_.sets().begin(), paths_.sets().end());
  std::vector<uint32_t>& colours = colours_.emplace_back(paths_.set_of());
  for (uint32_t& colour : colours) {
    colour = colour == ComponentPaths::kNoPath ? kNowhere : first + colour;
  }
}

/// The colour of a node of the component that was coloured last.
uint32_t FamilyRoutes::component_colour(uint32_t component, uint32_t other) const {
  return colours_.back()[paths_.number(component, other)];
}

void FamilyRoutes::add_component(uint32_t component, uint32_t self,
                                 std::vector<Area>& coloured) const {
  for (const Range& range : ranges_[component]) {
    if (range.member == self) continue;
    coloured.push_back({range.begin, range.end,
                        range.beyond ? kNowhere : component_colour(component, range.member)});
  }
}

/// The member of the component that the node at this position hangs on.
uint32_t FamilyRoutes::member_with(uint32_t component, uint32_t position) const {
  const auto members = tree_.members(component);
  const auto behind =
      std::upper_bound(members.begin(), members.end(), position,
                       [&](uint32_t at, uint32_t node) { return at < tree_.position(node); });
  return *(behind - 1);
}

uint32_t FamilyRoutes::colour_of(uint32_t other) const {
  const uint32_t position = tree_.position(other);
  const auto below = tree_.components_below(self_);
  const uint32_t above = tree_.component_above(self_);
  const auto is_in = [&](uint32_t component) {
    const auto members = tree_.members(component);
    return position >= tree_.position(members.front()) && position < tree_.end(members.back());
  };
  uint32_t component = above, member = 0;
  size_t index = 0;  // of the component among those of self_
  if (other == self_) return kNowhere;
  if (position >= tree_.position(self_) && position < tree_.end(self_)) {
    const auto behind = std::upper_bound(
        below.begin(), below.end(), position,
        [&](uint32_t at, uint32_t c) { return at < tree_.position(tree_.members(c).front()); });
    component = *(behind - 1);
    index = static_cast<size_t>(behind - 1 - below.begin()) + (above == kNoComponent ? 0 : 1);
    member = member_with(component, position);
  } else if (above == kNoComponent) {
    return kNowhere;
  } else {
    member = is_in(above) ? member_with(above, position) : tree_.top(above);
  }
  if (member != other && !plan_.nodes[member].transit) return kNowhere;
  return colours_[index][paths_.number(component, member)];
}

}  // namespace vinet::plan
