// Fence: which calls are old, or a stranger's.
//
// Problem:   a controller that was paused, cut off, or restored from a copy goes on to speak as if
//            nothing had happened; a lease alone cannot exclude it (faults.md F-80, F-84).
// Approach:  this machine obeys, for each store, the highest term that it has seen, and within it
//            the instance that it saw first; for each owner no generation below the newest seen.
// Invariant: what was seen is in the database before anything follows from it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "member/records.h"

namespace vinet::member {

/// Is the order one to be obeyed? Errors: invalid_argument where it does not say whose it is;
/// failed_precondition naming what this machine has seen.
Status check_order(const Contents& contents, const fleet::Order& order,
                   const std::vector<std::string>& owners);

/// What is new about it: who speaks now. Nothing where that is known.
std::optional<std::pair<std::string, Seen>> news_of(const Contents& contents,
                                                    const fleet::Order& order);

}  // namespace vinet::member
