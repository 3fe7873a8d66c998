// Mend: what the keepers of a controller and of a machine of fleets (member/) do to what strayed,
// and how they tell of it.
#pragma once

#include <string>
#include <vector>

#include "machine/machine.h"

namespace vinet::control {

/// Makes the machine hold these slices, of one owner. Where all is there by its names, looks
/// whether something of it is there under another. In: `how.only`: then only these are looked at,
/// once.
Result<machine::ApplyReport> mend(machine::Machine& machine,
                                  const std::vector<slice::Slice>& slices, machine::Options how);

/// `2 made, 0 changed, 1 removed; ...`: with what it was, as far as the report names it.
std::string repaired_text(const machine::ApplyReport& report);

/// `3 link ends follow the routes of nodes below`
std::string rerouted_text(const machine::ApplyReport& report);

}  // namespace vinet::control
