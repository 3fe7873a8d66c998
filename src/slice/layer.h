// Layer: what the slices of an internet must know of what is under it and above it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "slice/slice.h"

namespace vinet::slice {

/// Where the backsides of the nodes on one machine lie.
struct Anchor {
  std::string space;                      ///< namespace: `lab.X`, `lower.a`
  net::Ipv4 base_address;                 ///< 0.0.0.0 where it is a node
  std::vector<std::string> base_devices;  ///< by which packets come in
};

struct Layer {
  const plan::InternetPlan* lower = nullptr;  ///< null on a base
  std::vector<Anchor> anchors;                ///< of each machine: of the base, or node of `lower`
  uint32_t headers = 2;                       ///< in all layers together
  uint16_t share = 0;                         ///< of the lowest internet
  uint32_t floor_bytes = 0;                   ///< MTU that links above need of every link
  bool is_lower = false;                      ///< an internet stands on it

  /// A host's sources are checked while an internet stands on its internet (DESIGN §3).
  SourceCheck check_of(const plan::NodePlan& node) const;
};

/// In: `world` with `internet`, all under it and all above it.
/// Cost: O(machines · depth), and the links of what is above.
Layer layer_of(const plan::InternetPlan& internet, const plan::Plan& world);

}  // namespace vinet::slice
