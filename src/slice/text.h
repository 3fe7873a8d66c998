// The stable text form of a Slice: for golden tests, `show` and error messages.
#pragma once

#include <string>

#include "slice/slice.h"

namespace vinet::slice {

/// One line an object, in the order of the slice; equal slices give equal text and different ones
/// different text.
std::string to_string(const Slice& slice);

/// `10.0.0.1 peer 10.0.0.17/32`, `10.0.0.0/32`.
std::string to_string(const net::InterfaceAddress& address);
/// `10.0.0.16/28 via 10.0.0.17 dev B metric 2 src 10.0.0.0`, `unreachable 10.0.0.0/28`,
/// `10.0.1.0/28 via 10.0.0.17 dev B or via 10.0.0.33 dev C`.
std::string to_string(const net::Route& route);

}  // namespace vinet::slice
