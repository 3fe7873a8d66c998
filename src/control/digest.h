// Digest: one word that tells whether a description is still the one that something was made from.
#pragma once

#include <string>

#include "graph/graph.h"

namespace vinet::control {

/// 16 hexadecimal digits over all that the description says, but for its place in the file: equal
/// descriptions have equal digests in every version of vinet that knows the same attributes.
std::string digest_of(const graph::Internet& internet);

}  // namespace vinet::control
