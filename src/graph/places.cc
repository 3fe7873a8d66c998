#include "graph/places.h"

#include <algorithm>

#include "graph/words.h"

namespace vinet::graph {
namespace {

constexpr size_t kMostListed = 8;  // places named in a note

}  // namespace

Places::Places(const Base& base) : name_(base.name) {
  for (const Machine& machine : base.machines) names_.insert(machine.name);
}

Places::Places(const std::string& internet, const std::vector<std::string>& nodes)
    : name_(internet), is_base_(false) {
  for (const std::string& node : nodes) add(node);
}

Places::Places(const Internet& internet) : name_(internet.name), is_base_(false) {
  for (const Node& node : internet.nodes) add(node.name);
}

void Places::add(std::string_view name) {
  names_.insert(name);
  for (size_t dot = name.rfind('.'); dot != std::string_view::npos;
       dot = name.rfind('.', dot - 1)) {
    if (!parts_.insert(name.substr(0, dot)).second || dot == 0) break;
  }
}

std::string Places::owner() const {
  return (is_base_ ? "base " : "internet ") + name_text(name_);
}

std::optional<std::vector<std::string>> Places::read(const lang::Expr& at, Scope& scope,
                                                     Evaluator& evaluator, Budget& budget) const {
  std::vector<std::string> places;
  if (const auto* path = std::get_if<lang::Path>(&at.kind)) {
    const bool several = std::any_of(path->steps.begin(), path->steps.end(),
                                     [](const lang::PathStep& step) { return step.all; });
    if (!append(*path, several, scope, evaluator, budget, places)) return std::nullopt;
    return places;
  }
  const auto* list = std::get_if<lang::List>(&at.kind);
  if (list == nullptr) {
    budget.error(at.span, "expected a " + std::string(one()) + " or a list of " +
                              std::string(one()) + "s, not " + std::string(lang::kind_name(at)));
    return std::nullopt;
  }
  bool all_known = true;
  for (const lang::Expr& item : list->items) {
    if (!budget.operation()) return std::nullopt;
    if (const auto* path = std::get_if<lang::Path>(&item.kind)) {
      all_known &= append(*path, true, scope, evaluator, budget, places);
    } else {
      budget.error(item.span, "expected the name of a " + std::string(one()) + ", not " +
                                  std::string(lang::kind_name(item)));
      all_known = false;
    }
  }
  if (!all_known) return std::nullopt;
  return places;
}

bool Places::append(const lang::Path& path, bool in_list, Scope& scope, Evaluator& evaluator,
                    Budget& budget, std::vector<std::string>& places) const {
  if (is_base_ && path.steps.size() > 1) {
    budget.error(path.span, "a machine of " + owner() + " has a simple name");
    return false;
  }
  std::vector<std::string> heads{""};
  for (size_t step = 0; step < path.steps.size(); ++step) {
    std::vector<std::string> names;
    for (const std::string& head : heads) {
      if (!append_step(path, step, head, in_list, scope, evaluator, budget, names)) return false;
    }
    heads = std::move(names);
  }
  places.insert(places.end(), std::make_move_iterator(heads.begin()),
                std::make_move_iterator(heads.end()));
  return true;
}

bool Places::append_step(const lang::Path& path, size_t number, const std::string& head,
                         bool in_list, Scope& scope, Evaluator& evaluator, Budget& budget,
                         std::vector<std::string>& names) const {
  const lang::PathStep& step = path.steps[number];
  const bool is_part = number + 1 < path.steps.size();
  const std::string_view what = is_part ? "part" : one();
  const std::string_view behind = is_part ? "." : "";
  std::string name = head + step.name.text;
  const uint32_t size = array_size(name, is_part);
  if (step.all && in_list && size > 0) {
    for (uint32_t i = 0; i < size; ++i) {
      if (!budget.operation()) return false;
      names.push_back(name + std::to_string(i));
      names.back() += behind;
    }
    return true;
  }
  if (step.index && size > 0) {
    const auto index = evaluator.integer(*step.index, scope, "an index");
    if (!index || !check_index(budget, *index, size, name, path.span)) return false;
    name += std::to_string(*index);
  } else if (!has(name, is_part) && size > 0) {
    budget.error(path.span,
                 name_text(name) + " is an array: which of its " + std::string(what) + "s?",
                 "write " + name + "[0], or a list of places");
    return false;
  } else if (has(name, is_part) && (step.index || step.all)) {
    budget.error(path.span, name_text(name) + " is one " + std::string(what) + ", not an array");
    return false;
  }
  if (!has(name, is_part)) {
    report_unknown(name, what, step.name.span, budget);
    return false;
  }
  names.push_back(std::move(name));
  names.back() += behind;
  return true;
}

void Places::report_unknown(const std::string& name, std::string_view what, Span at,
                            Budget& budget) const {
  std::vector<std::string> names(names_.begin(), names_.end());
  std::sort(names.begin(), names.end());
  std::string note = did_you_mean(name, names);
  if (note.empty() && !names.empty() && names.size() <= kMostListed) {
    note = "its " + std::string(one()) + "s are ";
    for (size_t i = 0; i < names.size(); ++i) note += (i > 0 ? ", " : "") + names[i];
  }
  budget.error(at, "unknown " + std::string(what) + " " + name_text(name) + " in " + owner(), note);
}

uint32_t Places::array_size(const std::string& name, bool is_part) const {
  const auto [known, is_new] = array_sizes_[is_part ? 1 : 0].try_emplace(name, 0);
  uint32_t& size = known->second;
  if (!is_new) return size;
  while (has(name + std::to_string(size), is_part)) ++size;
  return size;
}

}  // namespace vinet::graph
