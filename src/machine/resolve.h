// resolve: by which headers does a flattened link end send?
//
//     upper p ========= s       q1 in a's block, q2 in c's
//     lower a --- b --- c       a's FIB says to q2: over a-b
//
// Problem:  the headers under an upper link are those of the lower link that the lower node's FIB
//           chooses now, and that node's routes may change at any time (its own root may change
//           them). Approach: ask the kernel: the FIB names a device of the lower node, its other
//           end is a backside in the same anchor, and what that backside pushes is already in the
//           maps; the upper link's header goes inside. Lower internets come first, so that one step
//           is enough for each layer. Invariant: an end never sends by a way that its lower node
//           would not send a packet with the link header; where there is none, it is closed
//           (`no_route`).
#pragma once

#include "kernel/kernel.h"
#include "machine/view.h"
#include "slice/slice.h"

namespace vinet::machine {

/// Sets the ways of the slice's flattened link ends, and what the lower links carry in one piece.
/// Ends of the first layer, inside one lower node, or not flattened stay as they are.
/// Cost: one question to the kernel for each end.
Status resolve(kernel::Kernel& kernel, const View& view, slice::Slice& slice);

}  // namespace vinet::machine
