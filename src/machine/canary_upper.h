// Forged packets of links that stand on nodes: by whom they are sent, and which of their headers is
// wrong.
//
//   from the anchor      base | lower link | own header | packet
//                        exact: arrives; with a wrong own header: does not
//   from a lower node    own header | packet
//                        arrives only where nothing is flattened, and by the node itself; else
//                        `source`
#pragma once

#include <cstddef>
#include <vector>

#include "machine/canary_tasks.h"

namespace vinet::machine {

/// For an end of a link above the first layer, of a node of the stage whose peer is listened at.
void forge_upper(const CanaryStage& stage, const std::vector<bool>& listened, size_t node,
                 size_t interface, CanaryTasks& out);

}  // namespace vinet::machine
