// Rollback: the one way in which anything goes that an operation names, for `down`, for the undoing
// of an `up`, and for what a killed command left behind.
#pragma once

#include <functional>
#include <vector>

#include "control/state.h"
#include "control/store.h"
#include "machine/machine.h"
#include "support/result.h"

namespace vinet::control {

/// A base while it changes: all that it is to hold, and what it held before and internets may still
/// use. Equal to the slices of `now` where nothing goes.
std::vector<slice::Slice> slices_between(const plan::BasePlan& before, const plan::BasePlan& now);

/// What the store is told once the operation is undone or done: what it made is unknown, what it
/// changed is as before.
Changes without(const Operation& operation);

/// Takes back all that `operation` names: internets are removed (last first), changed ones become
/// what they were (lower first, and with them what stands below or above and is another by that),
/// then bases are removed (last first), then changed bases become what they were; and at last, in
/// one transaction, the store says so, and `state` with it.
/// Errors: the first one. All internets are tried; no base is while one of them failed. Then the
///         store is as before, so that the next command tries again.
/// What is on fleets is left to `elsewhere`, which is told what shall be, and says what the store
/// is to be told beside that.
Status take_back(const Operation& operation, State& state, Store& store, machine::Machine& machine,
                 const machine::Options& options,
                 const std::function<Result<Changes>(const State& before)>& elsewhere);

/// Makes the kernel hold exactly these slices of the owner; none: nothing of it.
Result<machine::ApplyReport> realise(const std::string& owner,
                                     const std::vector<std::string>& namespaces,
                                     const std::vector<slice::Slice>& slices,
                                     machine::Machine& machine, const machine::Options& options);

}  // namespace vinet::control
