// Where the packets of a link can pass, that is of an internet on an internet.
//
//   upper   p ------------------ s     its packets pass p's and s's own interfaces,
//   lower   a ------- b -------- c     those of b, a router in transit, under the header of p-s;
//   lab     X ~~~~~~~ Y ~~~~~~~~ Z     those of a and c too where upper is not flattened;
//                                      and base interfaces, under one header of each layer
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "capture/base_ways.h"
#include "capture/headers.h"
#include "plan/plan.h"

namespace vinet::capture {

/// An internet with all that it stands on.
struct Stack {
  const plan::BasePlan* base = nullptr;
  std::vector<const plan::InternetPlan*> internets;  ///< of layers 1, 2, ...; the last is on top

  size_t top() const { return internets.size(); }
  const plan::InternetPlan& internet(size_t layer) const { return *internets[layer - 1]; }
  /// The base's machine under a node of a layer.
  plan::MachineId bottom(size_t layer, plan::NodeId node) const;
};

/// `all`: where the internets below are found by name; one that is missing ends the stack.
Stack stack_of(const plan::BasePlan& base, const plan::InternetPlan& internet,
               const std::vector<const plan::InternetPlan*>& all);

/// The end of a link of a layer.
struct LayerEnd {
  size_t layer = 0;
  uint32_t link = 0;
  bool at_a = true;
  friend auto operator<=>(const LayerEnd&, const LayerEnd&) = default;
};

/// Interfaces of the internets below that packets of a link of the topmost pass: as the planned
/// routes lead, or all where these do not lead there, since daemons find the ways. Upper layers
/// first.
std::vector<LayerEnd> lower_ways(const Stack& stack, uint32_t link);

/// Base interfaces that they can pass. Above the first layer: all that links of the lowest internet
/// can pass, whatever way routes lead in it.
std::vector<BaseEnd> base_ways(const Stack& stack, uint32_t link);

/// The headers of all links of an internet, both directions.
HeaderSet headers_of_links(const plan::InternetPlan& internet);

}  // namespace vinet::capture
