// refuse: what an apply cannot do is said before its first change.
#pragma once

#include <string>
#include <vector>

#include "machine/view.h"
#include "slice/slice.h"

namespace vinet::machine {

/// Errors: already_exists if a namespace or device that `want` needs is a stranger's or another
/// owner's; failed_precondition if a machine that it stands on is not there or has another base
/// address; resource_exhausted if a machine were to hold more than `most_links` link ends of all
/// its owners; invalid_argument if the slices have several owners.
Status refuse_impossible(const View& view, const std::vector<slice::Slice>& want,
                         size_t most_links);

}  // namespace vinet::machine
