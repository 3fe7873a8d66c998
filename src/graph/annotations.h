// Annotations: what a description says about a thing and no plan uses.
//
//   router Zurich [label = "Zürich", latitude = "47.37", longitude = "8.54", note = "Country: CH"]
//   Zurich -- Geneva [label = "dark fibre", bandwidth = 10gbit]
//
// A bandwidth here is what the real link has; `rate` is what limits the virtual one.
#pragma once

#include <string_view>

#include "graph/graph.h"

namespace vinet::graph {

/// Sorts by key: bandwidth, label, latitude, longitude, note. Notes keep their order.
void sort_annotations(Annotations& annotations);

/// The text of the first annotation with that key; "" if there is none.
std::string_view annotation(const Annotations& annotations, std::string_view key);

/// Is it a decimal number (`-12.5`, at most 24 characters, no exponent) of -most to most?
bool is_degrees(std::string_view text, int most);

/// The number of a text for which is_degrees() holds; 0 for any other.
double degrees(std::string_view text);

}  // namespace vinet::graph
