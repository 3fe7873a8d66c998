// The quoting of Graphviz's language.
#pragma once

#include <string>
#include <string_view>

namespace vinet::exchange {

/// The text as a label or an id between quotes; line ends become `\n`, which centres the lines.
std::string dot_quoted(std::string_view text);

}  // namespace vinet::exchange
