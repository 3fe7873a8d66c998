// Leases: how long an internet may still be there.
//
// Within one boot only CLOCK_BOOTTIME counts: it goes on in sleep, and nobody sets it. Its values
// mean nothing in another boot; there the calendar decides.
#pragma once

#include <cstdint>
#include <string>

#include "control/state.h"

namespace vinet::control {

/// The clocks of this moment.
struct Clocks {
  std::string boot;  ///< id of this boot
  uint64_t boottime_s = 0;
  uint64_t wall_us = 0;
};

/// Reads the computer's clocks.
Clocks read_clocks();

/// The end of a lease that begins now.
LeaseEnd lease_end(const Clocks& now, uint64_t lease_s);

/// Seconds until the end; 0 when it is over.
uint64_t remaining_s(const LeaseEnd& end, const Clocks& now);

}  // namespace vinet::control
