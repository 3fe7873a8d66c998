// transition: makes the changes that diffs list, in the one order that is safe.
//
//   entries of what goes -> veths and namespaces that go -> namespaces -> veths, down -> shaping
//   -> programs: backsides bound while down, filter on the block, base filters -> map entries
//   -> backsides up, then the nodes' devices -> addresses -> routes
//
// Invariant (fail closed, DESIGN §4): a backside is up only while its filter is there.
#pragma once

#include <vector>

#include "kernel/kernel.h"
#include "machine/steps.h"
#include "machine/view.h"
#include "slice/diff.h"

namespace vinet::machine {

/// Takes the steps from what `view` shows to what `diffs` (all of one owner, made from that view)
/// ask for. Errors and counts are in `steps`. Entries of backsides that no longer exist are swept
/// from the machines concerned.
void make_transition(kernel::Kernel& kernel, const View& view,
                     const std::vector<slice::Diff>& diffs, Steps& steps);

}  // namespace vinet::machine
