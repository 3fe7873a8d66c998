// Transliteration by a table of the Latin letters of ISO 8859-1, Latin Extended-A and the rest of
// Europe's, plus Greek and Cyrillic by their common romanisation.
#include "exchange/identifier.h"

#include <algorithm>
#include <array>

#include "lang/cursor.h"
#include "support/utf8.h"

namespace vinet::exchange {
namespace {

struct Letters {
  char32_t first;                // letters from here on, one word each
  std::string_view replacement;  // `-`: none
};

// A run of characters and what stands for each, separated by blanks.
constexpr std::array kRuns = {
    Letters{0xc0,
            "A A A A A A AE C E E E E I I I I D N O O O O O - O U U U U Y Th ss a a a a a a ae c e "
            "e e e i i i i d n o o o o o - o u u u u y th y"},
    Letters{0x100,
            "A a A a A a C c C c C c C c D d D d E e E e E e E e E e G g G g G g G g H h H h I i I "
            "i I i I i I i IJ ij J j K k k L l L l L l L l L l N n N n N n n N n O o O o O o OE oe "
            "R r R r R r S s S s S s S s T t T t T t U u U u U u U u U u U u W w Y y Y Z z Z z Z z "
            "s"},
    Letters{0x218, "S s T t"},
    Letters{0x386,
            "A - E I I - O - Y O i A V G D E Z I Th I K L M N X O P R - S T Y F Ch Ps O I Y "
            "a e i i y a v g d e z i th i k l m n x o p r s s t y f ch ps o i y o y o"},
    Letters{0x401, "Yo Dj G Ye Dz I Yi J Lj Nj C K I U Dz"},
    Letters{0x410,
            "A B V G D E Zh Z I Y K L M N O P R S T U F Kh Ts Ch Sh Shch - Y - E Yu Ya "
            "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya"},
    Letters{0x451, "yo dj g ye dz i yi j lj nj c k i u dz"},
};

/// The word number `index` of a list separated by blanks; "" behind its end.
std::string_view word(std::string_view list, size_t index) {
  for (; index > 0; --index) {
    const size_t blank = list.find(' ');
    if (blank == std::string_view::npos) return {};
    list.remove_prefix(blank + 1);
  }
  return list.substr(0, list.find(' '));
}

bool is_letter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char32_t c) {
  return c >= '0' && c <= '9';
}

// What stands for a character: itself, letters, nothing ("") or a gap ("_").
std::string transliterated(const Character& character) {
  const char32_t code = character.code;
  if (!character.valid) return "_";
  if (is_letter(code) || is_digit(code)) return std::string(character.bytes);
  if (code == '\'' || code == 0x2019) return "";  // St. John's: St_Johns
  if (code >= 0x300 && code < 0x370) return "";   // combining accents
  if (code >= 0xff21 && code <= 0xff3a) return std::string(1, static_cast<char>(code - 0xfee0));
  if (code >= 0xff41 && code <= 0xff5a) return std::string(1, static_cast<char>(code - 0xfee0));
  for (const Letters& run : kRuns) {
    if (code < run.first) continue;
    const std::string_view letters = word(run.replacement, code - run.first);
    if (!letters.empty()) return letters == "-" ? "" : std::string(letters);
  }
  return "_";
}

}  // namespace

std::string identifier_from(std::string_view text) {
  std::string name;
  bool gap = false;
  bool any = false;
  while (!text.empty() && name.size() < kMostIdentifierBytes) {
    const Character character = take_character(text);
    const std::string letters = transliterated(character);
    if (letters == "_") {
      gap = !name.empty();
      continue;
    }
    if (letters.empty()) continue;
    if (name.empty() && is_digit(static_cast<unsigned char>(letters.front()))) name = "n";
    if (gap) name += '_';
    gap = false;
    any = true;
    name += letters;
  }
  if (!any) return "";
  if (name.size() > kMostIdentifierBytes) name.resize(kMostIdentifierBytes);
  while (name.back() == '_') name.pop_back();
  if (lang::is_keyword(name)) name += '_';
  return name;
}

bool is_identifier(std::string_view text, size_t most_bytes) {
  if (text.empty() || text.size() > most_bytes || lang::is_keyword(text)) return false;
  return !is_digit(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           const auto code = static_cast<unsigned char>(c);
           return is_letter(code) || is_digit(code) || c == '_';
         });
}

std::string UniqueNames::take(const std::string& name) {
  if (claim(name)) return name;
  size_t& next = next_[name];
  if (next == 0) next = 2;
  for (;; ++next) {
    std::string numbered = name + "_" + std::to_string(next);
    if (claim(numbered)) return numbered;
  }
}

}  // namespace vinet::exchange
