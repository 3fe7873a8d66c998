// The proof that addresses repeat only where they never meet (SITN: ships in the night; VI §II.2,
// RFC 1918).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace vinet::plan {

/// Two uses of one address that meet.
struct SitnClash {
  std::string internet;  ///< of the plan; empty if it is about a base
  std::string what;      ///< `10.0.0.0/28 of node 'x.A' and 10.0.0.1/32 of node 'y.B'`
};

/// Checks every layer of a plan together with what runs beside it (internets of the same name are
/// replaced by the plan's), and returns a counter-example, or nothing: base addresses are unique in
/// their base; link addresses are unique on every machine, and above the first layer of the block
/// of the lower node and none of its own; end addresses are unique in their internet, and blocks
/// are disjoint; where one of two internets that share a bottom machine says `sitn = strict`, also
/// between the two. Cost: O(n log n) in the number of addresses, times the number of pairs with a
/// strict internet.
std::optional<SitnClash> check_sitn(const Plan& plan, const Plan& running);

}  // namespace vinet::plan
