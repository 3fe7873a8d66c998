// WaysNow: by which headers the link ends of an internet send now, as the kernel holds them, and
// what these headers are in each layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/layers.h"
#include "slice/slice.h"

namespace vinet::cli {

/// A header that an end puts on; or, inside one namespace, a link that is crossed without one.
struct HeaderNow {
  size_t layer = 0;
  net::Ipv4 source, destination;
  bool inside = false;
  Layers::Ends ends;
};

struct EndNow {
  std::string link, node;          ///< `p-s`, `p`
  std::string anchor;              ///< whose programs put the headers on: `lab.X`, or `lower.a`
  bool open = true;                ///< false: the node below has no way to the other end
  std::vector<HeaderNow> headers;  ///< outermost first, its own last
  /// Not flattened: the node that sends these packets on, as its own.
  std::optional<std::string> below;
};

/// `observed`: slices of the topmost of the layers; others are left out.
std::vector<EndNow> ends_now(const std::vector<slice::Slice>& observed, const Layers& layers);

}  // namespace vinet::cli
