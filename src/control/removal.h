// Removal: the one way in which anything goes, for `down`, for the undoing of an `up`, and for what
// a killed command left behind.
#pragma once

#include "control/state.h"
#include "control/store.h"
#include "machine/machine.h"
#include "support/result.h"

namespace vinet::control {

/// Removes all that `operation` names: internets (last first), then bases (last first), each from
/// the kernel and then from the store, and at last the operation's file, which must be there
/// already. Errors: the first one. All internets are tried; no base is while one of them failed.
/// What failed stays in the store
///         with the operation, so that the next command tries again.
Status remove_all_of(const Operation& operation, State& state, Store& store,
                     machine::Machine& machine, const machine::Options& options);

}  // namespace vinet::control
