// entries: puts and erases all map entries of a link end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/programs.h"
#include "machine/encode.h"
#include "machine/view.h"

namespace vinet::machine {

/// Erases every entry that names `backside`, but for those that `keep` has just so.
Status erase_entries(kernel::Programs& programs, const std::string& machine,
                     const ProgramsView& held, uint32_t backside,
                     const std::optional<LinkEntries>& keep);

/// Makes all entries of a link end what `want` says. The egress template comes last: what leaves
/// can be answered.
Status put_entries(kernel::Programs& programs, const std::string& machine, const ProgramsView& held,
                   uint32_t backside, const LinkEntries& want);

}  // namespace vinet::machine
