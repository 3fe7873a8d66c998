// The addresses that a node has.
#pragma once

#include <vector>

#include "net/ip.h"
#include "plan/plan.h"

namespace vinet::plan {

/// Both families: identities, then those of interfaces.
std::vector<net::IpAddress> end_addresses(const NodePlan& node);

/// The addresses of a node's block that the node itself uses: its own, and those whose IPv6 mirror
/// (pool.h) is its own. No link address may be one of these.
std::vector<net::Ipv4> block_addresses(const InternetPlan& internet, const NodePlan& node);

}  // namespace vinet::plan
