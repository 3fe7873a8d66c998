// Gives every node its block and every interface its end address; gives every link its two link
// addresses.
#pragma once

#include "graph/graph.h"
#include "plan/plan.h"
#include "plan/surroundings.h"
#include "support/diagnostics.h"

namespace vinet::plan {

/// Sets pools, blocks, identities and interface addresses (DESIGN §7). Blocks are powers of two
/// that hold the identity, the interfaces and the reserve, given along the topology. A block of the
/// previous plan stays while it is in the pool and holds identity and interfaces; in it, addresses
/// stay with their links.
/// In:     `plan` with interfaces in the order of links.
/// Out:    addresses unique in the internet; automatic ones outside of what the surroundings use.
/// Errors: hand_set.h's; a pool that runs dry even without a reserve; pools of unfitting sizes. A
///         reserve that had to be smaller is a warning.
/// Cost:   O((N + L) log N).
void assign_addresses(const graph::Internet& internet, const Surroundings& surroundings,
                      InternetPlan& plan, Diagnostics& diagnostics);

/// Sets the link addresses, pairs from 172.16.0.0/12, unique among all internets on the base (SITN;
/// VI §II.2). Links keep the previous plan's, by name.
/// Errors: more than 524,288 links on one base.
/// Cost:   O(L log L).
void assign_link_addresses(const graph::Internet& internet, const Surroundings& surroundings,
                           InternetPlan& plan, Diagnostics& diagnostics);

/// The same above the first layer: addresses from the blocks of the lower nodes, from the end
/// downwards, unique among all internets on the lower one. Link ends keep the previous plan's while
/// they lie in the block of their node.
/// In:     `surroundings.lower`; `plan` with nodes placed.
/// Errors: a block that is full, with the arithmetic.
/// Cost:   O(L log L + addresses of the lower internet).
void assign_upper_link_addresses(const graph::Internet& internet, const Surroundings& surroundings,
                                 InternetPlan& plan, Diagnostics& diagnostics);

}  // namespace vinet::plan
