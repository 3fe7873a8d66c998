#include "lang/line_writer.h"

#include <algorithm>
#include <utility>

#include "lang/format_expr.h"
#include "support/utf8.h"

namespace vinet::lang {
namespace {

constexpr size_t kContinuationIndent = 4;
constexpr size_t kCommentGap = 2;
constexpr size_t kMaxCommentColumn = 80;  // further right only when the line is that long

}  // namespace

size_t LineWriter::Line::width() const {
  return indent + character_count(text);
}

bool LineWriter::Line::stands_in_row() const {
  constexpr std::string_view kBrackets = "{}[]";
  return kBrackets.find(text.front()) == std::string_view::npos &&
         (text.back() == ']' || kBrackets.find(text.back()) == std::string_view::npos);
}

std::string LineWriter::finish() {
  place_comments();
  std::string text;
  for (const Line& line : lines_) {
    if (!line.text.empty()) text += std::string(line.indent, ' ') + line.text;
    text += "\n";
  }
  return text;
}

void LineWriter::end_line(const Box<Trivia>& trivia) {
  trivia ? end_line(*trivia) : end_line(Trivia{});
}

void LineWriter::end_line(const Trivia& trivia) {
  std::string line;
  size_t indent = indent_;
  for (size_t from = 0; from <= text_.size();) {
    const size_t to = std::min(text_.find(kSoftBreak, from), text_.size());
    std::string piece = text_.substr(from, to - from);
    from = to + 1;
    if (line.empty()) {
      line = std::move(piece);
    } else if (indent + character_count(line) + 1 + character_count(piece) <= kMaxColumns) {
      line += " " + piece;
    } else {
      lines_.push_back({indent, std::exchange(line, std::move(piece)), "", 0});
      indent = indent_ + kContinuationIndent;
    }
  }
  lines_.push_back({indent, std::move(line), trivia.after, trivia.after_column});
  text_.clear();
}

void LineWriter::comment_lines(const std::vector<std::string>& comments) {
  for (const std::string& comment : comments) {
    const bool at_top = lines_.empty() || lines_.size() == block_begin_;
    if (comment.empty() && (at_top || lines_.back().text.empty())) continue;
    lines_.push_back({indent_, comment, "", 0});
  }
}

void LineWriter::closing_lines(const std::vector<std::string>& comments) {
  comment_lines(comments);
  while (lines_.size() > block_begin_ && lines_.back().text.empty()) lines_.pop_back();
}

/// Puts trailing comments behind their lines; neighbours get one column. Lines that open or close
/// a block or list stand alone.
void LineWriter::place_comments() {
  for (size_t begin = 0; begin < lines_.size();) {
    const Line& first = lines_[begin];
    size_t end = begin + 1;
    if (first.comment.empty()) {
      begin = end;
      continue;
    }
    size_t width = first.width();
    bool agreed = first.stands_in_row();
    for (; in_row_with(first, end); ++end) {
      width = std::max(width, lines_[end].width());
      agreed = agreed && lines_[end].comment_column == first.comment_column;
    }
    size_t column = width + kCommentGap;
    if (agreed && first.comment_column > column && first.comment_column <= kMaxCommentColumn) {
      column = first.comment_column;
    }
    for (; begin < end; ++begin) {
      Line& line = lines_[begin];
      line.text += std::string(column - line.width(), ' ') + line.comment;
    }
  }
}

/// Does the line at `next` share a column of comments with `first`?
bool LineWriter::in_row_with(const Line& first, size_t next) const {
  if (next >= lines_.size()) return false;
  const Line& line = lines_[next];
  return !line.comment.empty() && line.indent == first.indent && first.stands_in_row() &&
         line.stands_in_row();
}

}  // namespace vinet::lang
