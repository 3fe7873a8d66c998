#include "exchange/xml_text.h"

#include "support/utf8.h"

namespace vinet::exchange {

std::string xml_text(std::string_view text, bool line_ends) {
  std::string out;
  while (!text.empty()) {
    const Character character = take_character(text);
    const char32_t code = character.code;
    const bool space = code == '\t' || code == '\n' || code == '\r';
    if (!character.valid || (code < 0x20 && !space) || code == 0xfffe || code == 0xffff) {
      out += "\xef\xbf\xbd";
    } else if (code == '&') {
      out += "&amp;";
    } else if (code == '<') {
      out += "&lt;";
    } else if (code == '>') {
      out += "&gt;";
    } else if (code == '"') {
      out += "&quot;";
    } else if (code == '\r' || (space && line_ends)) {
      out += "&#" + std::to_string(static_cast<unsigned>(code)) + ";";
    } else {
      out += character.bytes;
    }
  }
  return out;
}

}  // namespace vinet::exchange
