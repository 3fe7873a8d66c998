// Terminal: colours, where there is someone to see them.
#pragma once

#include <string>
#include <string_view>

namespace vinet::cli {

/// Is the stream (1 or 2) a terminal that wants colours? Not with NO_COLOR set (no-color.org), nor
/// TERM=dumb.
bool colours_on(int fd);
/// Is it a terminal at all?
bool is_terminal(int fd);

enum class Colour { kBold, kDim, kGreen, kRed, kYellow, kCyan };

/// The text in a colour, or as it is where `on` is false.
std::string paint(std::string_view text, Colour colour, bool on);

/// Columns that the text takes on a terminal: code points (none of ours is wide).
size_t width_of(std::string_view text);

}  // namespace vinet::cli
