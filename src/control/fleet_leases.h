// Leases of internets on fleets whose ends another boot wrote: another computer that shares the
// store, this one before its restart, or a copy.
//
// Problem:   such an end is a moment of another computer's calendar, and calendars differ.
// Approach:  machines know too, each by its own clock since boot, and say how long is left. Of
//            those that answer the longest counts, and is written down as a moment of this boot.
//            Who has heard of this store and holds nothing of an internet has seen its lease end.
// Invariant: no lease on a fleet ends by another computer's calendar (faults.md F-76).
#pragma once

#include <map>
#include <set>
#include <string>

#include "control/lease.h"
#include "control/state.h"
#include "control/store.h"
#include "fleet/member.h"
#include "support/result.h"

namespace vinet::control {

/// Is the end of this internet's lease for machines to say? Until they have, it is not judged.
bool asks_for_lease(const State& state, const std::string& internet, const Clocks& now);

using Answers = std::map<std::string, Result<fleet::MemberReport>>;  // by daemon

/// What is to be written down of such leases.
/// In:  `store`: its id.
/// Out: by internet; nothing of those that no machine could say anything about.
std::map<std::string, LeaseEnd> leases_by_machines(const State& state, const Answers& answers,
                                                   const std::string& store, const Clocks& now);

/// After `recover`: those that no machine holds go on from where they were written, by the
/// calendar, as a copy's leases do on a computer of its own. `held`: names of what machines hold.
std::map<std::string, LeaseEnd> leases_by_calendar(const State& state,
                                                   const std::set<std::string>& held,
                                                   const Clocks& now);

/// Puts these ends into the state. Out: what is to be written.
Changes with_leases(State& state, const std::map<std::string, LeaseEnd>& leases);

}  // namespace vinet::control
