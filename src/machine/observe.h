// observe: View -> slices. Pure: tells owners, nodes and links apart by marks alone, never by a
// plan.
#pragma once

#include <map>
#include <set>
#include <string>

#include "machine/view.h"
#include "slice/slice.h"

namespace vinet::machine {

/// What the kernel holds of `owner`, by machine; machines that hold nothing of it are left out.
///
/// A veth of which only one end is where its mark says (the other is in a namespace that lost its
/// name, or was moved) appears with the other end's namespace empty. A link end appears only if all
/// of it is there and fits together: backside bound, filter on the block, template, key, owner's
/// entry, counters, and no further key leads to it.
/// `only`: namespaces of nodes; what belongs to others is left out. Empty: all.
std::map<std::string, slice::Slice> slices_of(const View& view, const std::string& owner,
                                              const std::set<std::string>& only = {});

/// What of a slice concerns these nodes and their links. `only` empty: all of it.
slice::Slice narrowed(slice::Slice slice, const std::set<std::string>& only);

/// The slice of a machine that holds nothing of `owner` yet.
slice::Slice empty_slice(const View& view, const std::string& owner, const std::string& machine);

/// Only a machine of a fleet knows by which devices packets come in: adds those of the moment to a
/// slice with links there, and that of reassembly.
void add_base_devices(const View& view, slice::Slice& slice);

}  // namespace vinet::machine
