#include "exchange/map_places.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>

#include "exchange/distance.h"
#include "exchange/map.h"

namespace vinet::exchange {
namespace {

constexpr double kMargin = 40;
constexpr double kRowHeight = 44;
constexpr double kMostHeight = 1400;

/// Coordinates as they are, or the middle of the neighbours that have some, found in rounds.
std::vector<std::optional<Point>> on_plane(const plan::InternetPlan& internet) {
  std::vector<std::optional<Point>> at(internet.nodes.size());
  double sum = 0;
  size_t known = 0;
  for (size_t i = 0; i < at.size(); ++i) {
    if (const auto position = position_of(internet.nodes[i].annotations)) {
      at[i] = Point{position->longitude, -position->latitude};
      sum += position->latitude;
      ++known;
    }
  }
  const double middle = known == 0 ? 0 : sum / static_cast<double>(known);
  const double squeeze = std::max(0.2, std::cos(middle * std::numbers::pi / 180));
  for (auto& point : at) {
    if (point) point->x *= squeeze;
  }
  const auto neighbours = walk(internet).neighbours;
  for (bool any = true; any;) {
    any = false;
    auto next = at;
    for (size_t i = 0; i < at.size(); ++i) {
      if (at[i]) continue;
      Point total;
      size_t count = 0;
      for (const uint32_t other : neighbours[i]) {
        if (!at[other]) continue;
        total.x += at[other]->x;
        total.y += at[other]->y;
        ++count;
      }
      if (count == 0) continue;
      const auto n = static_cast<double>(count);
      next[i] = Point{total.x / n, total.y / n};
      any = true;
    }
    at = std::move(next);
  }
  return at;
}

/// Nodes at one place go round it.
void spread(std::vector<Point>& nodes) {
  constexpr double kRadius = 9;
  std::map<std::pair<long, long>, std::vector<size_t>> same;
  for (size_t i = 0; i < nodes.size(); ++i) {
    same[{std::lround(nodes[i].x / 4), std::lround(nodes[i].y / 4)}].push_back(i);
  }
  for (const auto& [place, group] : same) {
    if (group.size() < 2) continue;
    const double radius = std::max(kRadius, kRadius * static_cast<double>(group.size()) / 6);
    for (size_t i = 0; i < group.size(); ++i) {
      const double angle =
          2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(group.size());
      nodes[group[i]].x += radius * std::cos(angle);
      nodes[group[i]].y += radius * std::sin(angle);
    }
  }
}

}  // namespace

bool has_coordinates(const plan::InternetPlan& internet) {
  size_t known = 0;
  std::optional<Position> first;
  bool several = false;
  for (const plan::NodePlan& node : internet.nodes) {
    const auto at = position_of(node.annotations);
    if (!at) continue;
    ++known;
    if (!first) first = at;
    several = several || at->latitude != first->latitude || at->longitude != first->longitude;
  }
  return several && known * 2 >= internet.nodes.size();
}

Places places_on_earth(const plan::InternetPlan& internet, double width) {
  const auto at = on_plane(internet);
  Point least{1e9, 1e9}, most{-1e9, -1e9};
  for (const auto& point : at) {
    if (!point) continue;
    least = {std::min(least.x, point->x), std::min(least.y, point->y)};
    most = {std::max(most.x, point->x), std::max(most.y, point->y)};
  }
  const double across = std::max(1e-6, most.x - least.x);
  const double down = std::max(1e-6, most.y - least.y);
  const double scale = std::min((width - 2 * kMargin) / across, (kMostHeight - 2 * kMargin) / down);
  Places places;
  places.by_coordinates = true;
  places.width = width;
  places.height = down * scale + 2 * kMargin;
  const double left = (width - across * scale) / 2;
  double nowhere = 0;  // parts without any coordinates stand in lines below
  for (const auto& point : at) {
    if (point) {
      places.nodes.push_back(
          {left + (point->x - least.x) * scale, kMargin + (point->y - least.y) * scale});
      continue;
    }
    constexpr double kStep = 40;
    const double per_line = std::floor((width - 2 * kMargin) / kStep);
    const double line = std::floor(nowhere / per_line);
    places.nodes.push_back(
        {kMargin + (nowhere - line * per_line) * kStep, places.height + line * kRowHeight});
    ++nowhere;
  }
  if (nowhere > 0) {
    for (const Point& point : places.nodes) {
      places.height = std::max(places.height, point.y + kMargin);
    }
  }
  spread(places.nodes);
  return places;
}

Places places_above(const plan::InternetPlan& internet, const std::vector<double>& machines,
                    double column_width) {
  Places places;
  const Walk walk = exchange::walk(internet);
  places.nodes.resize(internet.nodes.size());
  const bool rows = internet.nodes.size() <= kMostWalked;
  constexpr double kCell = 26;
  const double per_line = std::max(1.0, std::floor((column_width - kCell) / kCell));
  std::vector<double> used(machines.size(), 0);
  double lowest = 0;
  for (size_t row = 0; row < walk.order.size(); ++row) {
    const plan::NodeId node = walk.order[row];
    const size_t machine = internet.nodes[node.index].machine.index;
    Point& point = places.nodes[node.index];
    if (rows) {
      point = {machines[machine], kMargin + static_cast<double>(row) * kRowHeight};
    } else {
      const double line = std::floor(used[machine] / per_line);
      const double column = used[machine] - line * per_line;
      point = {machines[machine] + (column - (per_line - 1) / 2) * kCell, kMargin + line * kCell};
      ++used[machine];
    }
    lowest = std::max(lowest, point.y);
  }
  places.height = lowest + kMargin;
  return places;
}

}  // namespace vinet::exchange
