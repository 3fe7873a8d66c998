// Packet sockets on devices in namespaces: the taps of a capture on this computer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "capture/layout.h"
#include "capture/source.h"
#include "kernel/namespaces.h"

namespace vinet::machine {

/// Opens a socket for each tap, and nothing else: no device, no filter on one, no promiscuous
/// mode. What
/// cannot be opened ends in the first round. `snap_bytes`: of a packet, so many are of use; 0: all.
/// A socket keeps its namespace in the kernel; it is closed soon after the namespace's name is
/// gone, so that who removes it waits for no capture. The doors may keep namespaces too: they
/// should go before the first round.
std::unique_ptr<capture::PacketSource> open_packet_taps(kernel::Namespaces& namespaces,
                                                        const std::string& root,
                                                        const std::vector<capture::Tap>& taps,
                                                        uint32_t snap_bytes);

}  // namespace vinet::machine
