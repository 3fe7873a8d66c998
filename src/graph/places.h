// Places: the machines of a base, or the nodes of an internet, as they are named after `at`.
//
// Names after `at` are those of what is stood on, not of the block: m[2] is the machine m2, and
// t.child[0].top the node t.child0.top, in a base or an internet of this file as in one that runs
// already and is known by the names of its machines or nodes only.
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

/// What an internet may stand on. Views of names that outlive it.
class Places {
 public:
  explicit Places(const Base& base);
  Places(const std::string& internet, const std::vector<std::string>& nodes);
  explicit Places(const Internet& internet);

  /// `base 'lab'`, `internet 'lower'`.
  std::string owner() const;
  std::string_view one() const { return is_base_ ? "machine" : "node"; }
  bool empty() const { return names_.empty(); }
  bool has(std::string_view name) const { return names_.contains(name); }

  /// The places that the expression behind `at` names, one or a list. Nothing after a diagnostic.
  std::optional<std::vector<std::string>> read(const lang::Expr& at, Scope& scope,
                                               Evaluator& evaluator, Budget& budget) const;

 private:
  void add(std::string_view name);
  bool append(const lang::Path& path, bool in_list, Scope& scope, Evaluator& evaluator,
              Budget& budget, std::vector<std::string>& places) const;
  /// What one step of a path names behind `head`, the steps before it: `t.child0.`, or nothing.
  /// False after a diagnostic.
  bool append_step(const lang::Path& path, size_t step, const std::string& head, bool in_list,
                   Scope& scope, Evaluator& evaluator, Budget& budget,
                   std::vector<std::string>& names) const;
  void report_unknown(const std::string& name, std::string_view what, Span at,
                      Budget& budget) const;
  bool has(const std::string& name, bool is_part) const {
    return is_part ? parts_.contains(name) : names_.contains(name);
  }
  /// How many elements the array of this name has.
  uint32_t array_size(const std::string& name, bool is_part) const;

  std::string name_;
  bool is_base_ = true;
  std::unordered_set<std::string_view> names_;
  std::unordered_set<std::string_view> parts_;  ///< `t` and `t.child0` of `t.child0.top`
  mutable std::unordered_map<std::string, uint32_t> array_sizes_[2];  ///< known answers
};

}  // namespace vinet::graph
