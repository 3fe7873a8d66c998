// key_check: do the slices of all internets on a base fit each other? The strong link layer (VI
// §II.2.3) rests on it: what one end pushes is accepted by one end in the whole base, the other end
// of the same link, and by no other.
#pragma once

#include <string>
#include <vector>

#include "slice/slice.h"

namespace vinet::slice {

/// Something that does not fit.
struct KeyFault {
  std::string owner;  ///< `fig11`
  std::string where;  ///< `fig11.A-B at A`
  std::string what;
  friend bool operator==(const KeyFault&, const KeyFault&) = default;
};

/// In:  the slices of internets that stand on one base.
/// Out: keys and link addresses that are not unique on their machine; ends whose packets no end
///      would accept, or one of another link; ends that do not agree on MTU, IPv6 or MACs.
/// Cost: O(n log n) in the link ends.
std::vector<KeyFault> check_keys(const std::vector<Slice>& slices);

/// Whose end a backside is: its veth's mark; empty names where it has none.
std::string name_of_end(const Veth& veth);

}  // namespace vinet::slice
