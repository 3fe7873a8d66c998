// Places: the machines of a base, as they are named after `at`.
//
// Names after `at` are those of the base, not of the block: m[2] is the machine m2, in a base of
// this file as in one that runs already and is known by the names of its machines only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graph/evaluate.h"
#include "graph/graph.h"

namespace vinet::graph {

/// A base to stand on. Views into a Base that outlives it.
class Places {
 public:
  explicit Places(const Base& base);

  std::string_view base() const { return base_; }
  bool empty() const { return machines_.empty(); }
  bool has(std::string_view machine) const { return machines_.contains(machine); }

  /// The machines that the expression behind `at` names, one place or a list. Nothing after a
  /// diagnostic.
  std::optional<std::vector<std::string>> read(const lang::Expr& at, Scope& scope,
                                               Evaluator& evaluator, Budget& budget) const;

 private:
  bool append(const lang::Path& path, bool in_list, Scope& scope, Evaluator& evaluator,
              Budget& budget, std::vector<std::string>& places) const;
  void report_unknown(const std::string& machine, Span at, Budget& budget) const;
  /// How many machines of an array with this name there are.
  uint32_t array_size(const std::string& name) const;

  std::string_view base_;
  std::unordered_set<std::string_view> machines_;
  mutable std::unordered_map<std::string, uint32_t> array_sizes_;  ///< known answers
};

}  // namespace vinet::graph
