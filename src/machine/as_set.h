// as_set: what somebody did to a base by hand, so as to try out its failures, is let be.
#pragma once

#include <map>
#include <string>

#include "slice/slice.h"

namespace vinet::machine {

/// Makes `want` ask for what `have` shows of base devices: those that are down stay down, without
/// the routes that the kernel took away with them, and their MTUs stay. Set up again, they get
/// their routes back. Both by machine.
void leave_as_set(const std::map<std::string, slice::Slice>& have,
                  std::map<std::string, slice::Slice>& want);

}  // namespace vinet::machine
