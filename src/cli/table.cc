#include "cli/table.h"

#include <algorithm>

#include "cli/terminal.h"

namespace vinet::cli {

Table::Table(std::vector<std::string> titles) : titles_(std::move(titles)) {
  for (std::string& title : titles_) {
    right_.push_back(title.starts_with('>'));
    if (right_.back()) {
      title.erase(0, 1);
    }
  }
}

void Table::row(std::vector<std::string> cells) {
  rows_.push_back(std::move(cells));
}

std::string Table::text(size_t indent, bool colour) const {
  if (rows_.empty()) {
    return "";
  }
  std::vector<size_t> widths;
  const auto measure = [&](const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(cells[i]));
    }
  };
  measure(titles_);
  for (const auto& cells : rows_) {
    measure(cells);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text(indent, ' ');
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string pad(widths[i] - width_of(cells[i]), ' ');
      text += i == 0 ? "" : "  ";
      text += i < right_.size() && right_[i] ? pad + cells[i] : cells[i] + pad;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  std::string all;
  if (std::any_of(titles_.begin(), titles_.end(),
                  [](const auto& title) { return !title.empty(); })) {
    all += paint(line(titles_), Colour::kBold, colour) + "\n";
  }
  for (const auto& cells : rows_) {
    all += line(cells) + "\n";
  }
  return all;
}

}  // namespace vinet::cli
