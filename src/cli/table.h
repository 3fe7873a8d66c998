// Table: columns of text, as wide as what is in them.
#pragma once

#include <string>
#include <vector>

namespace vinet::cli {

class Table {
 public:
  /// Column titles; no titles, no head line. A title that begins with '>' sets its column flush
  /// right.
  explicit Table(std::vector<std::string> titles);

  /// A row; missing cells at its end are empty.
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  /// The table, each line indented by `indent` blanks, no blanks at line ends. "" if it has no
  /// rows.
  std::string text(size_t indent = 0, bool colour = false) const;

 private:
  std::vector<std::string> titles_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace vinet::cli
