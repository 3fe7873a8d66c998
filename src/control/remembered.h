// Remembered: what machines of fleets are to hold, as it was last lowered.
//
// Problem:   a daemon compares all machines with what they shall hold every 1.5 s; lowering and
//            digesting that takes most of a look, and nearly always gives what it gave before.
// Approach:  it is kept beside the stacks that it was made of. These are compared as values: the
//            generations that the state gives come after what is prepared, and not with all that
//            slices depend on.
// Invariant: what is answered equals holdings_of of the same stacks.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "control/holdings.h"
#include "control/stacks.h"

namespace vinet::control {

class Remembered {
 public:
  /// As control::holdings_of. Any thread may call it.
  std::shared_ptr<const Holdings> holdings_of(Stacks stacks);

 private:
  std::mutex mutex_;
  std::optional<Stacks> made_of_;
  std::shared_ptr<const Holdings> holdings_;
};

}  // namespace vinet::control
