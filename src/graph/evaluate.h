// Expressions to values. Integers have 64 bits and never wrap: overflow is an error, as is a
// division by zero.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "graph/budget.h"
#include "graph/scope.h"
#include "lang/ast.h"

namespace vinet::graph {

class Evaluator {
 public:
  explicit Evaluator(Budget& budget) : budget_(budget) {}

  /// The value of a scalar expression. All functions here return nothing after a diagnostic.
  std::optional<Value> value(const lang::Expr& expr, Scope& scope);
  /// `what` names the thing in the message: "the size of an array".
  std::optional<int64_t> integer(const lang::Expr& expr, Scope& scope, std::string_view what);
  std::optional<bool> condition(const lang::Expr& expr, Scope& scope);

  /// Calculates a let now, so that its mistakes show even where nobody uses it.
  void settle(LetSymbol& let, Scope& scope) { (void)value_of(let, scope, let.let->name.span); }

 private:
  std::optional<Value> path(const lang::Path& path, Scope& scope);
  std::optional<Value> element(const NodeSymbol& array, const lang::PathStep& step, Scope& scope,
                               Span at);
  std::optional<Value> value_of(LetSymbol& let, Scope& scope, Span used_at);
  std::optional<Value> unary(const lang::Unary& unary, Scope& scope, Span at);
  std::optional<Value> binary(const lang::Binary& binary, Scope& scope, Span at);
  std::optional<Value> logical(const lang::Binary& binary, Scope& scope);
  std::optional<Value> calculate(lang::BinaryOp op, int64_t left, int64_t right, Span at);

  Budget& budget_;
  int depth_ = 0;
};

/// An index into an array of `count` things called `name`. Reports what is outside.
bool check_index(Budget& budget, int64_t index, uint32_t count, std::string_view name, Span at);

}  // namespace vinet::graph
