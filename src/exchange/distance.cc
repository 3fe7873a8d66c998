#include "exchange/distance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "graph/annotations.h"

namespace vinet::exchange {

std::optional<Position> position_of(const graph::Annotations& annotations) {
  const std::string_view latitude = graph::annotation(annotations, "latitude");
  const std::string_view longitude = graph::annotation(annotations, "longitude");
  if (latitude.empty() || longitude.empty()) return std::nullopt;
  return Position{graph::degrees(latitude), graph::degrees(longitude)};
}

double distance_km(const Position& a, const Position& b) {
  constexpr double kEarthRadiusKm = 6371.0088;  // mean radius, IUGG
  constexpr double kRadians = std::numbers::pi / 180;
  const double up = std::sin((b.latitude - a.latitude) * kRadians / 2);
  const double along = std::sin((b.longitude - a.longitude) * kRadians / 2);
  const double h =
      up * up + std::cos(a.latitude * kRadians) * std::cos(b.latitude * kRadians) * along * along;
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::min(1.0, h)));
}

uint64_t fibre_delay_us(const Position& a, const Position& b) {
  constexpr double kUsPerKm = 5;
  constexpr uint64_t kStepUs = 10;
  const double steps = distance_km(a, b) * kUsPerKm / kStepUs;
  return std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(steps))) * kStepUs;
}

}  // namespace vinet::exchange
