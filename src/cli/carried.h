// Carried: packets of the internets above that pass the ends of a link without being counted there.
//
// Problem:   where stacks are flattened, the headers of all layers are put on and taken off in one
//            go, and counted at the end of the uppermost link only. Links below carry them unseen.
// Approach:  what an upper end has sent is added to the lower ends whose headers it puts on now;
//            what it has received, to the ends by which it sends, as the programs do not tell by
//            which link it came.
// Invariant: a packet that the kernel counted at a lower end (a router in transit forwards it, or
//            nothing is flattened) is not added there.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "control/state.h"
#include "machine/machine.h"

namespace vinet::cli {

struct Carried {
  uint64_t tx_packets = 0, tx_bytes = 0, rx_packets = 0, rx_bytes = 0;  ///< bytes inside that link
  friend bool operator==(const Carried&, const Carried&) = default;
};

/// By internet, link and node: a link end.
using CarriedAt = std::map<std::tuple<std::string, std::string, std::string>, Carried>;

/// `uppers`: names of internets on internets; `counted`: their counters, others may be among them;
/// `observed`: their slices.
CarriedAt carried_by(const control::State& state, const std::vector<std::string>& uppers,
                     const std::vector<machine::LinkCounters>& counted,
                     const std::vector<slice::Slice>& observed);

}  // namespace vinet::cli
