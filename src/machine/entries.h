// entries: puts and erases all map entries of a link end, in two halves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/programs.h"
#include "machine/encode.h"
#include "machine/view.h"

namespace vinet::machine {

// A link end sends by its entry in vi_links, and is known by those in vi_keys and vi_own. Packets
// that an end sends while the other is not known there are nobody's, and that machine's own stack
// gets them (DESIGN §3): so all ends stop sending before the first is forgotten, and all are known
// before the first sends.

/// Erases what `backside` sends with, unless `keep` sends to the same end.
Status erase_sending(kernel::Programs& programs, const std::string& machine,
                     const ProgramsView& held, uint32_t backside,
                     const std::optional<LinkEntries>& keep);

/// Erases every other entry that names `backside`, but for those that `keep` has just so.
Status erase_known(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                   uint32_t backside, const std::optional<LinkEntries>& keep);

/// Makes the entries by which a link end is known, and its counters, what `want` says.
Status put_known(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                 uint32_t backside, const LinkEntries& want);

/// The same for what it sends with.
Status put_sending(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                   uint32_t backside, const LinkEntries& want);

}  // namespace vinet::machine
