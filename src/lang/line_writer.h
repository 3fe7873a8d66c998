// LineWriter: lines of a formatted text. It breaks those that are too long, and puts trailing
// comments into columns at the end, when the lines around are known.
#pragma once

#include <string>
#include <vector>

#include "lang/ast.h"

namespace vinet::lang {

constexpr size_t kMaxColumns = 100;

class LineWriter {
 protected:
  /// Ends the line under construction, broken at kSoftBreak where it is too long.
  void end_line(const Box<Trivia>& trivia = {});
  void end_line(const Trivia& trivia);
  void comment_lines(const std::vector<std::string>& comments);
  /// Comments before a closing bracket: no blank line there.
  void closing_lines(const std::vector<std::string>& comments);
  size_t line_count() const { return lines_.size(); }
  /// The whole text. Nothing is written afterwards.
  std::string finish();

  std::string text_;  // the line under construction
  size_t indent_ = 0;
  size_t block_begin_ = 0;  // the first line of the innermost block

 private:
  struct Line {
    size_t indent = 0;
    std::string text;
    std::string comment;
    size_t comment_column = 0;

    size_t width() const;
    bool stands_in_row() const;
  };

  void place_comments();
  bool in_row_with(const Line& first, size_t next) const;

  std::vector<Line> lines_;
};

}  // namespace vinet::lang
