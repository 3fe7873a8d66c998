#include "graph/places.h"

#include <algorithm>

#include "graph/words.h"

namespace vinet::graph {
namespace {

constexpr size_t kMostListed = 8;  // machines named in a note

}  // namespace

Places::Places(const Base& base) : base_(base.name) {
  for (const Machine& machine : base.machines) machines_.insert(machine.name);
}

std::optional<std::vector<std::string>> Places::read(const lang::Expr& at, Scope& scope,
                                                     Evaluator& evaluator, Budget& budget) const {
  std::vector<std::string> places;
  if (const auto* path = std::get_if<lang::Path>(&at.kind)) {
    if (!append(*path, path->steps.front().all, scope, evaluator, budget, places)) {
      return std::nullopt;
    }
    return places;
  }
  const auto* list = std::get_if<lang::List>(&at.kind);
  if (list == nullptr) {
    budget.error(at.span, "expected a machine or a list of machines, not " +
                              std::string(lang::kind_name(at)));
    return std::nullopt;
  }
  bool all_known = true;
  for (const lang::Expr& item : list->items) {
    if (!budget.operation()) return std::nullopt;
    if (const auto* path = std::get_if<lang::Path>(&item.kind)) {
      all_known &= append(*path, true, scope, evaluator, budget, places);
    } else {
      budget.error(item.span,
                   "expected the name of a machine, not " + std::string(lang::kind_name(item)));
      all_known = false;
    }
  }
  if (!all_known) return std::nullopt;
  return places;
}

bool Places::append(const lang::Path& path, bool in_list, Scope& scope, Evaluator& evaluator,
                    Budget& budget, std::vector<std::string>& places) const {
  const lang::PathStep& step = path.steps.front();
  std::string name = step.name.text;
  if (path.steps.size() > 1) {
    budget.error(path.span, "a machine of base " + name_text(base_) + " has a simple name");
    return false;
  }
  const uint32_t size = array_size(name);
  if (step.all && in_list && size > 0) {
    for (uint32_t i = 0; i < size; ++i) {
      if (!budget.operation()) return false;
      places.push_back(name + std::to_string(i));
    }
    return true;
  }
  if (step.index && size > 0) {
    const auto index = evaluator.integer(*step.index, scope, "an index");
    if (!index || !check_index(budget, *index, size, name, path.span)) return false;
    name += std::to_string(*index);
  } else if (!machines_.contains(name) && size > 0) {
    budget.error(path.span, name_text(name) + " is an array: which of its machines?",
                 "write " + name + "[0], or a list of places");
    return false;
  } else if (machines_.contains(name) && (step.index || step.all)) {
    budget.error(path.span, name_text(name) + " is one machine, not an array");
    return false;
  }
  if (!machines_.contains(name)) {
    report_unknown(name, step.name.span, budget);
    return false;
  }
  places.push_back(std::move(name));
  return true;
}

void Places::report_unknown(const std::string& machine, Span at, Budget& budget) const {
  std::vector<std::string> names(machines_.begin(), machines_.end());
  std::sort(names.begin(), names.end());
  std::string note = did_you_mean(machine, names);
  if (note.empty() && !names.empty() && names.size() <= kMostListed) {
    note = "its machines are ";
    for (size_t i = 0; i < names.size(); ++i) note += (i > 0 ? ", " : "") + names[i];
  }
  budget.error(at, "unknown machine " + name_text(machine) + " in base " + name_text(base_), note);
}

uint32_t Places::array_size(const std::string& name) const {
  const auto [known, is_new] = array_sizes_.try_emplace(name, 0);
  uint32_t& size = known->second;
  if (!is_new) return size;
  while (machines_.contains(name + std::to_string(size))) ++size;
  return size;
}

}  // namespace vinet::graph
