// Is there a comment among the lines that stand before something? "" is a blank line.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "lang/ast.h"

namespace vinet::lang {

inline bool has_comment(const std::vector<std::string>& lines) {
  return std::any_of(lines.begin(), lines.end(),
                     [](const std::string& line) { return !line.empty(); });
}

inline bool has_comment(const Trivia& trivia) {
  return !trivia.after.empty() || has_comment(trivia.before);
}

inline bool has_comment(const ListComments& comments) {
  return has_comment(comments.closing) ||
         std::any_of(comments.items.begin(), comments.items.end(),
                     [](const Trivia& trivia) { return has_comment(trivia); });
}

}  // namespace vinet::lang
