#include "support/utf8.h"

#include <cstdio>

namespace vinet {
namespace {

// How long the character is that starts with `first`, by its own word; 0: none starts so.
size_t announced_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool turns_direction(char32_t code) {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200e || code == 0x200f || code == 0x2028 || code == 0x2029;
}

}  // namespace

Character take_character(std::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t length = announced_length(byte(0));
  Character character{text.substr(0, 1), byte(0), length == 1};
  if (length > 1 && length <= text.size()) {
    char32_t code = byte(0) & (0x7fU >> length);
    bool whole = true;
    for (size_t i = 1; i < length; ++i) {
      whole = whole && is_continuation(text[i]);
      code = code << 6U | (byte(i) & 0x3fU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    if (whole && !overlong && !surrogate && code <= 0x10ffff)
      character = {text.substr(0, length), code, true};
  }
  text.remove_prefix(character.bytes.size());
  return character;
}

std::string printable(const Character& character) {
  char escape[16];
  if (!character.valid || is_control(character.code)) {
    const char* form = character.valid && character.code > 0x7f ? "\\u{%x}" : "\\x%02x";
    std::snprintf(escape, sizeof escape, form, static_cast<unsigned>(character.code));
    return escape;
  }
  if (turns_direction(character.code)) {
    std::snprintf(escape, sizeof escape, "\\u{%x}", static_cast<unsigned>(character.code));
    return escape;
  }
  return std::string(character.bytes);
}

size_t character_count(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) take_character(text);
  return count;
}

}  // namespace vinet
