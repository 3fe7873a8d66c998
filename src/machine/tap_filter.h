// What a packet socket need not hand over: a filter of its own, which is no part of the device.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "capture/layout.h"

namespace vinet::machine {

/// Passes what may be a packet that the tap's claims want: with one of the keys, a later fragment,
/// an ICMP message, or with IP options, which hide the rest from so simple a program. The sorter
/// decides. Empty, which is no filter, where the tap wants everything, or more keys than a program
/// can name.
std::vector<sock_filter> tap_filter(const capture::Tap& tap);

}  // namespace vinet::machine
