// canary: packets that are sent to see where they arrive. Everything else of a check says what the
// kernel holds; this says what it does.
//
//   over own links        from each end of each link, to the other end                must arrive
//   copies on the base    forged in a machine, with the exact key of a link           must arrive
//   one field wrong       the same with one address of the key changed                reach no node
//   to foreign addresses  from nodes of one internet to end, link and base addresses
//                         of another                                                  reach no node
//   from lower nodes      with keys of links that stand on nodes of their internet    (source)
//   with foreign keys     the same, in IP-in-IP of their own with the other's key     of the other,
//                                                                                     no machine
//
// Problem:   know of each packet where it went, among all others, and miss none.
// Approach:  every packet is an echo reply that nobody asked for, which every stack ignores, and
//            ends with a nonce that nobody can guess and its number; whatever headers come off on
//            the way, the end stays. A socket filter in each node that takes part picks these and
//            no others. Each of these sockets must see a packet that shall arrive: so they are
//            shown to work.
// Invariant: no packet outlives its way through the internets; nothing is made in the kernel but
//            sockets.
#pragma once

#include "machine/canary_work.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Errors: unimplemented where the kernel is none. What cannot be opened or sent is a finding.
/// Cost: at most 30,000 packets and five seconds, delays of links aside.
/// `over_networks`: machines are joined by networks of others, which may lose packets, and drop
/// those whose source is none of the sender's (RFC 2827): of what shall be dropped and counted, one
/// that was counted will do, and of those sources none need be.
Result<CanaryReport> canary(const CanaryHands& hands, const CanaryRequest& request,
                            const Options& options, bool over_networks = false);

}  // namespace vinet::machine
