// Maps for terminals.
//
//   fig11: 6 nodes, 5 links
//
//     A
//     └─────────B
//               └─────────C
//               D─────────┘
//               └─────────E
//               F─────────┘
//     :         :         :
//     X─────────Y─────────Z          lab
//     1 visit   3 visits  2 visits
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "exchange/map.h"
#include "exchange/map_layers.h"
#include "support/utf8.h"

namespace vinet::exchange {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kLeastGap = 4;  // between the texts of neighbouring columns

std::string count_text(size_t n, const std::string& noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

/// The characters that lines are made of.
struct Pen {
  std::string along, down, right, left, dots;
};
Pen pen_of(bool ascii) {
  if (ascii) return {"-", "|", "`", "'", ":"};
  return {"─", "│", "└", "┘", "┊"};
}

/// One line of characters, each at its column.
class Line {
 public:
  void put(size_t column, std::string_view text) {
    while (!text.empty()) {
      const Character character = take_character(text);
      if (cells_.size() <= column) cells_.resize(column + 1, " ");
      cells_[column++] = character.bytes;
    }
  }
  void fill(size_t from, size_t to, const std::string& character) {
    for (size_t column = from; column < to; ++column) put(column, character);
  }
  std::string str() const {
    std::string text;
    for (const std::string& cell : cells_) text += cell;
    return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }

 private:
  std::vector<std::string> cells_;
};

/// Lines of words, none longer than `width` where it can be helped.
std::string wrapped(const std::vector<std::string>& words, size_t indent, size_t width) {
  std::string text;
  size_t column = width + 1;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i] + (i + 1 < words.size() ? "," : "");
    const size_t size = character_count(word);
    if (column + 1 + size > width) {
      text += (text.empty() ? "" : "\n") + std::string(indent, ' ') + word;
      column = indent + size;
    } else {
      text += " " + word;
      column += 1 + size;
    }
  }
  return text + "\n";
}

class TextMap {
 public:
  TextMap(const plan::Plan& plan, const plan::BasePlan& base, const MapOptions& options)
      : base_(base), options_(options), pen_(pen_of(options.ascii)) {
    for (const plan::InternetPlan& internet : plan.internets) {
      if (internet.base == base.name) internets_.push_back(&internet);
    }
  }

  std::string text() {
    const bool fits = place_columns();
    std::string text;
    bool walked = false;
    for (const plan::InternetPlan* internet : internets_) {
      text +=
          fmt::format("{}: {}, {}\n\n", internet->name, count_text(internet->nodes.size(), "node"),
                      count_text(internet->links.size(), "link"));
      const bool walks = fits && internet->nodes.size() <= kMostWalked;
      text += walks ? walked_text(*internet) : listed_text(*internet);
      walked = walked || walks;
      text += walks && internet == internets_.back() ? "" : "\n";
    }
    return text + (fits ? base_text(walked) : listed_base());
  }

 private:
  size_t visits(size_t machine) const {
    size_t visits = 0;
    for (const plan::InternetPlan* internet : internets_) {
      visits += static_cast<size_t>(
          std::count_if(internet->nodes.begin(), internet->nodes.end(),
                        [&](const auto& node) { return node.machine.index == machine; }));
    }
    return visits;
  }

  // A column for each machine, as wide as what will stand in it. False where they do not fit.
  bool place_columns() {
    std::vector<size_t> widths;
    for (size_t i = 0; i < base_.machines.size(); ++i) {
      widths.push_back(
          std::max(base_.machines[i].name.size(), count_text(visits(i), "visit").size()));
    }
    for (const plan::InternetPlan* internet : internets_) {
      if (internet->nodes.size() > kMostWalked) continue;
      for (const plan::NodePlan& node : internet->nodes) {
        size_t& width = widths[node.machine.index];
        width = std::max(width, node.name.size());
      }
    }
    size_t at = kIndent;
    for (const size_t width : widths) {
      columns_.push_back(at);
      at += width + kLeastGap;
    }
    end_ = at;
    return !base_.machines.empty() && at + base_.name.size() <= options_.width;
  }

  std::string walked_text(const plan::InternetPlan& internet) const {
    const Walk walk = exchange::walk(internet);
    std::string text;
    for (size_t row = 0; row < walk.order.size(); ++row) {
      const uint32_t node = walk.order[row].index;
      const plan::NodePlan& here = internet.nodes[node];
      std::vector<std::string> others;
      bool drawn = false;
      for (const uint32_t other : walk.neighbours[node]) {
        if (walk.row[other] >= row) break;
        const bool is_drawn = walk.row[other] + 1 == row;
        drawn = drawn || is_drawn;
        if (!is_drawn) others.push_back(internet.nodes[other].name);
      }
      const size_t column = columns_[here.machine.index];
      Line line;
      if (drawn) {
        const size_t from = columns_[internet.nodes[walk.order[row - 1].index].machine.index];
        if (from == column) {
          Line between;
          between.put(column, pen_.down);
          text += between.str();
        } else if (from < column) {
          line.put(from, pen_.right);
          line.fill(from + 1, column, pen_.along);
        } else {
          line.fill(column + here.name.size(), from, pen_.along);
          line.put(from, pen_.left);
        }
      }
      line.put(column, here.name);
      text += with_others(line, others);
    }
    return text;
  }

  // The links that no line shows, behind the last column; wrapped below each other.
  std::string with_others(Line& line, const std::vector<std::string>& others) const {
    if (others.empty()) return line.str();
    const size_t column = end_;
    const size_t width = std::max(options_.width, column + 20);
    std::string list = wrapped(others, column + 3, width);
    line.put(column, "-- ");
    const size_t end = list.find('\n');
    line.put(column + 3, std::string_view(list).substr(column + 3, end - column - 3));
    return line.str() + list.substr(end + 1);
  }

  std::string base_text(bool walked) const {
    std::set<std::pair<size_t, size_t>> joined;
    std::vector<std::string> others;
    for (const plan::BaseLinkPlan& link : base_.links) {
      const auto [a, b] = std::minmax(link.a.machine.index, link.b.machine.index);
      if (b == a + 1 && joined.emplace(a, b).second) continue;
      others.push_back(base_.machines[a].name + " -- " + base_.machines[b].name);
    }
    Line dots, names, counts;
    for (size_t i = 0; i < base_.machines.size(); ++i) {
      const std::string& name = base_.machines[i].name;
      dots.put(columns_[i], pen_.dots);
      names.put(columns_[i], name);
      if (joined.count({i, i + 1}) != 0) {
        names.fill(columns_[i] + name.size(), columns_[i + 1], pen_.along);
      }
      counts.put(columns_[i], count_text(visits(i), "visit"));
    }
    names.put(end_, base_.name);
    std::string text = (walked ? dots.str() : "") + names.str();
    if (!internets_.empty()) text += counts.str();
    if (!others.empty()) {
      others.front() = "also " + others.front();
      text += wrapped(others, kIndent, options_.width);
    }
    return text;
  }

  std::string listed_text(const plan::InternetPlan& internet) const {
    std::vector<std::vector<std::string>> at(base_.machines.size());
    for (const plan::NodeId node : walk(internet).order) {
      at[internet.nodes[node.index].machine.index].push_back(internet.nodes[node.index].name);
    }
    std::string text;
    for (size_t i = 0; i < at.size(); ++i) {
      if (at[i].empty()) continue;
      text += fmt::format("  {}: {}\n", base_.machines[i].name, count_text(at[i].size(), "visit"));
      text += wrapped(at[i], kIndent + 2, options_.width);
    }
    std::map<std::pair<size_t, size_t>, size_t> links;
    for (const plan::LinkPlan& link : internet.links) {
      ++links[std::minmax(internet.nodes[link.a.node.index].machine.index,
                          internet.nodes[link.b.node.index].machine.index)];
    }
    for (const auto& [ends, count] : links) {
      const auto& [a, b] = ends;
      text += a == b ? fmt::format("  {} inside {}\n", count_text(count, "link"),
                                   base_.machines[a].name)
                     : fmt::format("  {} between {} and {}\n", count_text(count, "link"),
                                   base_.machines[a].name, base_.machines[b].name);
    }
    return text;
  }

  std::string listed_base() const {
    std::vector<std::string> machines, links;
    for (const plan::MachinePlan& machine : base_.machines) machines.push_back(machine.name);
    for (const plan::BaseLinkPlan& link : base_.links) {
      links.push_back(base_.machines[link.a.machine.index].name + " -- " +
                      base_.machines[link.b.machine.index].name);
    }
    std::string text =
        fmt::format("{}: {}, {}\n", base_.name, count_text(machines.size(), "machine"),
                    count_text(links.size(), "base link"));
    if (!machines.empty()) text += wrapped(machines, kIndent, options_.width);
    if (!links.empty()) text += wrapped(links, kIndent, options_.width);
    return text;
  }

  const plan::BasePlan& base_;
  const MapOptions& options_;
  const Pen pen_;
  std::vector<const plan::InternetPlan*> internets_;
  std::vector<size_t> columns_;  // where each machine's texts begin
  size_t end_ = 0;               // behind the last column
};

}  // namespace

std::string map_text(const plan::Plan& plan, const MapOptions& options) {
  std::string text;
  const MapLayers layers(plan);
  for (const plan::BasePlan* base : layers.from_the_top()) {
    text += (text.empty() ? "" : "\n") + TextMap(plan, *base, options).text();
  }
  return text;
}

}  // namespace vinet::exchange
