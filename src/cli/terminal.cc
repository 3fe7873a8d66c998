#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace vinet::cli {

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

bool colours_on(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return is_terminal(fd) && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

std::string paint(std::string_view text, Colour colour, bool on) {
  if (!on) {
    return std::string(text);
  }
  int code = 0;
  switch (colour) {
    case Colour::kBold:
      code = 1;
      break;
    case Colour::kDim:
      code = 2;
      break;
    case Colour::kRed:
      code = 31;
      break;
    case Colour::kGreen:
      code = 32;
      break;
    case Colour::kYellow:
      code = 33;
      break;
    case Colour::kCyan:
      code = 36;
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace vinet::cli
