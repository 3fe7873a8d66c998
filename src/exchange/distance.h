// Distance: how far apart two places on earth are, and how long light takes between them.
#pragma once

#include <cstdint>
#include <optional>

#include "graph/graph.h"

namespace vinet::exchange {

/// Degrees.
struct Position {
  double latitude = 0;
  double longitude = 0;
};

/// Where a node lies, if its annotations say both coordinates.
std::optional<Position> position_of(const graph::Annotations& annotations);

/// Kilometres along the great circle, on a sphere (haversine formula).
double distance_km(const Position& a, const Position& b);

/// What light needs in fibre, at 200,000 km/s along the great circle, in steps of 10 µs; at least
/// one step. Real fibre is longer.
uint64_t fibre_delay_us(const Position& a, const Position& b);

}  // namespace vinet::exchange
