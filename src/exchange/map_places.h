// Where a map draws nodes.
#pragma once

#include <vector>

#include "plan/plan.h"

namespace vinet::exchange {

struct Point {
  double x = 0;
  double y = 0;
};

struct Places {
  std::vector<Point> nodes;  ///< of each node, in pixels
  double width = 0;
  double height = 0;
  bool by_coordinates = false;
};

/// Does at least half of the nodes have coordinates, and are there two places?
bool has_coordinates(const plan::InternetPlan& internet);

/// By coordinates (equirectangular, north above, at most `width` wide): a node without them lies
/// between its neighbours, nodes at one place stand in a circle around it.
Places places_on_earth(const plan::InternetPlan& internet, double width);

/// Above the machines: x of each is given; a node a row, or for many nodes a grid for each machine.
Places places_above(const plan::InternetPlan& internet, const std::vector<double>& machines,
                    double column_width);

}  // namespace vinet::exchange
