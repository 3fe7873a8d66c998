// The mark by which tests know a packet that they forged, wherever it turns up.
#pragma once

#include <cstddef>

namespace forge {

/// Then comes the packet's number, 4 bytes, most significant first.
inline constexpr char kMark[] = "vi-forged-packet";
inline constexpr size_t kMarkBytes = sizeof kMark - 1;

}  // namespace forge
