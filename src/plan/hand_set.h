// The addresses that the user wrote: checked, and gathered for the allocation to avoid.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "net/ip.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// All hand-set addresses of an internet. Errors: given twice, no unicast address, IPv6 where there
/// is none, a written pool that holds no unicast addresses or is of the wrong family.
std::vector<net::IpAddress> hand_set_addresses(const graph::Internet& internet,
                                               Diagnostics& diagnostics);

/// The address of one family among those written at one place, if any.
std::optional<net::Ipv4> hand_set_ipv4(const std::vector<net::IpAddress>& addresses);
std::optional<net::Ipv6> hand_set_ipv6(const std::vector<net::IpAddress>& addresses);

}  // namespace vinet::plan
