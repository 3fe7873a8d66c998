// Problem: match a pattern whose `*` stay inside a component and whose `**` do not, in time that a
// hostile pattern cannot blow up.
// Approach: the set of places in the name that the pattern read so far can have reached, one bit
// each; every token of the pattern maps the set to the next.
// Invariant: reached[i] is true when the tokens read so far match the first i characters.
#include "support/glob.h"

#include <algorithm>
#include <vector>

namespace vinet {
namespace {

using Reached = std::vector<char>;  // one for each place, and one for the end

// Does a dot part components there? In `t.top-child0.top` the link's ends are one component.
bool is_separator(std::string_view text, size_t at) {
  return text[at] == '.' && at < text.find('-');
}

// Is the token at `at` a whole component `**`?
bool is_any_components(std::string_view pattern, size_t at) {
  return pattern.substr(at, 2) == "**" && (at == 0 || pattern[at - 1] == '.') &&
         (at + 2 == pattern.size() || pattern[at + 2] == '.');
}

// `**.` is nothing, or ends behind any later dot.
void pass_components(std::string_view name, Reached& reached) {
  bool any = false;
  for (size_t i = 0; i <= name.size(); ++i) {
    const bool before = reached[i] != 0;
    if (any && i > 0 && is_separator(name, i - 1)) reached[i] = 1;
    any |= before;
  }
}

void pass_star(std::string_view name, Reached& reached) {
  for (size_t i = 0; i < name.size(); ++i) {
    if (reached[i] != 0 && !is_separator(name, i)) reached[i + 1] = 1;
  }
}

void pass_character(std::string_view name, std::string_view pattern, size_t at, Reached& reached) {
  const bool separator = is_separator(pattern, at);
  for (size_t i = name.size(); i > 0; --i) {
    const bool fits = pattern[at] == '?' || separator ? is_separator(name, i - 1) == separator
                                                      : name[i - 1] == pattern[at];
    reached[i] = static_cast<char>(reached[i - 1] != 0 && fits);
  }
  reached[0] = 0;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view name) {
  Reached reached(name.size() + 1, 0);
  reached[0] = 1;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (is_any_components(pattern, at)) {
      if (at + 2 == pattern.size()) {  // the last: any further components; alone, all names
        const bool alone = at == 0;
        for (size_t i = 0; i <= name.size(); ++i) {
          if (reached[i] != 0 && (alone || i < name.size())) return true;
        }
        return false;
      }
      pass_components(name, reached);
      at += 2;  // and its dot
    } else if (pattern[at] == '*') {
      pass_star(name, reached);
    } else {
      pass_character(name, pattern, at, reached);
    }
    if (std::find(reached.begin(), reached.end(), 1) == reached.end()) return false;
  }
  return reached.back() != 0;
}

bool glob_covers(std::string_view pattern, std::string_view name) {
  if (glob_match(pattern, name)) return true;
  for (size_t end = 0; end < name.size(); ++end) {
    if (is_separator(name, end) && glob_match(pattern, name.substr(0, end))) return true;
  }
  return false;
}

bool is_glob(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

}  // namespace vinet
