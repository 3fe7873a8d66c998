// Text inside XML.
#pragma once

#include <string>
#include <string_view>

namespace vinet::exchange {

/// The text as content of an element or between double quotes: markup escaped, and what XML 1.0
/// cannot hold at all replaced by U+FFFD. `line_ends`: tabs and line ends are escaped too, which an
/// attribute's value needs.
std::string xml_text(std::string_view text, bool line_ends = false);

}  // namespace vinet::exchange
