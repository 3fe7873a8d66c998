// Text as characters: UTF-8 taken apart (RFC 3629), and shown so that nothing in it can deceive a
// terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vinet {

struct Character {
  std::string_view bytes;
  char32_t code = 0;
  bool valid = false;  ///< else `bytes` is one byte that starts no character
};

/// Takes the first character off a text that is not empty.
Character take_character(std::string_view& text);

/// The character itself, or an escape where it is invalid, a control character or one that reverses
/// the direction of writing: `\x1b`, `\u{202e}`. Tabs and line ends count as control characters.
std::string printable(const Character& character);

/// How many characters a text has; invalid bytes count as one each.
size_t character_count(std::string_view text);

/// Is it a byte in the middle of a character?
constexpr bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80;
}

}  // namespace vinet
