#include "graph/evaluate.h"

#include <limits>

#include "graph/words.h"

namespace vinet::graph {
namespace {

using lang::BinaryOp;
using lang::Overloaded;

// One expression is at most parser.h's limits high; lets that use each other add up to this.
constexpr int kMaxDepth = 1500;

std::string wrong_kind(std::string_view what, std::string_view wanted, const Value& value) {
  return std::string(what) + " is " + std::string(wanted) + ", not " +
         std::string(kind_name(value));
}

}  // namespace

std::optional<int64_t> Evaluator::integer(const lang::Expr& expr, Scope& scope,
                                          std::string_view what) {
  const auto got = value(expr, scope);
  if (!got) return std::nullopt;
  if (const auto* number = std::get_if<int64_t>(&*got)) return *number;
  budget_.error(expr.span, wrong_kind(what, "an integer", *got));
  return std::nullopt;
}

std::optional<bool> Evaluator::condition(const lang::Expr& expr, Scope& scope) {
  const auto got = value(expr, scope);
  if (!got) return std::nullopt;
  if (const auto* truth = std::get_if<bool>(&*got)) return *truth;
  budget_.error(expr.span, "expected a condition, not " + std::string(kind_name(*got)),
                "compare it with something: `n > 0`");
  return std::nullopt;
}

std::optional<Value> Evaluator::value(const lang::Expr& expr, Scope& scope) {
  if (depth_ >= kMaxDepth) {
    budget_.error(expr.span, "values that depend on each other this deeply are not supported");
    return std::nullopt;
  }
  if (!budget_.operation()) return std::nullopt;
  ++depth_;
  auto result =
      std::visit(Overloaded{
                     [](const lang::Integer& i) { return std::optional<Value>(i.value); },
                     [](const lang::Text& text) { return std::optional<Value>(text.value); },
                     [&](const lang::Path& p) { return path(p, scope); },
                     [&](const lang::Unary& u) { return unary(u, scope, expr.span); },
                     [&](const lang::Binary& b) { return binary(b, scope, expr.span); },
                     [&](const lang::List&) -> std::optional<Value> {
                       budget_.error(expr.span, "expected a single value, not a list");
                       return std::nullopt;
                     },
                     [&](const lang::Range&) -> std::optional<Value> {
                       budget_.error(expr.span, "expected a single value, not a range",
                                     "a range is what a loop runs over: `for i in 0..3 { … }`");
                       return std::nullopt;
                     },
                     [](const auto& quantity) { return std::optional<Value>(quantity); },
                 },
                 expr.kind);
  --depth_;
  return result;
}

std::optional<Value> Evaluator::path(const lang::Path& path, Scope& scope) {
  const lang::PathStep& head = path.steps.front();
  const auto found = scope.find(head.name.text);
  if (!found) {
    budget_.error(head.name.span, "unknown name " + name_text(head.name.text),
                  did_you_mean(head.name.text, scope.visible(false)));
    return std::nullopt;
  }
  if (std::holds_alternative<RefusedSymbol>(*found.meaning)) return std::nullopt;
  const bool indexed = head.index || head.all;
  if (path.steps.size() == 1) {
    if (auto* let = std::get_if<LetSymbol>(found.meaning); let && !indexed) {
      return value_of(*let, *found.scope, path.span);
    }
    if (auto* known = std::get_if<Value>(found.meaning); known && !indexed) return *known;
    if (auto* node = std::get_if<NodeSymbol>(found.meaning); node && !head.all) {
      if (node->array && head.index) return element(*node, head, scope, path.span);
      if (!node->array && !head.index) return Value(NodeRef{node, 0});
    }
  }
  budget_.error(path.span, "expected a value, but " + name_text(head.name.text) + " is " +
                               describe(*found.meaning));
  return std::nullopt;
}

std::optional<Value> Evaluator::element(const NodeSymbol& array, const lang::PathStep& step,
                                        Scope& scope, Span at) {
  const auto index = integer(*step.index, scope, "an index");
  if (!index || !check_index(budget_, *index, array.count, step.name.text, at)) return std::nullopt;
  return Value(NodeRef{&array, static_cast<uint32_t>(*index)});
}

std::optional<Value> Evaluator::value_of(LetSymbol& let, Scope& scope, Span used_at) {
  switch (let.state) {
    case LetSymbol::State::kKnown:
      return let.value;
    case LetSymbol::State::kFailed:
      return std::nullopt;
    case LetSymbol::State::kBusy:
      budget_.error(used_at, name_text(let.let->name.text) + " is defined by itself");
      return std::nullopt;
    case LetSymbol::State::kNew:
      break;
  }
  let.state = LetSymbol::State::kBusy;
  auto result = value(let.let->value, scope);
  const bool is_thing = result && (std::holds_alternative<NodeRef>(*result) ||
                                   std::holds_alternative<PartRef>(*result));
  if (is_thing) {
    budget_.error(let.let->value.span,
                  "`let` names a value, not " + std::string(kind_name(*result)));
    result.reset();
  }
  let.state = result ? LetSymbol::State::kKnown : LetSymbol::State::kFailed;
  if (result) let.value = *result;
  return result;
}

std::optional<Value> Evaluator::unary(const lang::Unary& unary, Scope& scope, Span at) {
  if (unary.op == lang::UnaryOp::kNot) {
    const auto truth = condition(*unary.operand, scope);
    return truth ? std::optional<Value>(!*truth) : std::nullopt;
  }
  const auto number = integer(*unary.operand, scope, "what follows a minus sign");
  return number ? calculate(BinaryOp::kSubtract, 0, *number, at) : std::nullopt;
}

std::optional<Value> Evaluator::binary(const lang::Binary& binary, Scope& scope, Span at) {
  if (binary.op == BinaryOp::kOr || binary.op == BinaryOp::kAnd) return logical(binary, scope);
  const auto left = value(*binary.left, scope);
  const auto right = value(*binary.right, scope);
  if (!left || !right) return std::nullopt;
  const auto* left_number = std::get_if<int64_t>(&*left);
  const auto* right_number = std::get_if<int64_t>(&*right);
  if (left_number && right_number) return calculate(binary.op, *left_number, *right_number, at);
  const auto* left_node = std::get_if<NodeRef>(&*left);
  const auto* right_node = std::get_if<NodeRef>(&*right);
  if (left_node && right_node && binary.op == BinaryOp::kEqual) {
    return Value(*left_node == *right_node);
  }
  if (left_node && right_node && binary.op == BinaryOp::kNotEqual) {
    return Value(*left_node != *right_node);
  }
  const bool left_is_wrong = left_number == nullptr;
  budget_.error(left_is_wrong ? binary.left->span : binary.right->span,
                wrong_kind("each side of " + code_text(lang::to_string(binary.op)), "an integer",
                           left_is_wrong ? *left : *right));
  return std::nullopt;
}

// The right side counts, and is looked at, only where the left side leaves the matter open.
std::optional<Value> Evaluator::logical(const lang::Binary& binary, Scope& scope) {
  const auto left = condition(*binary.left, scope);
  if (!left) return std::nullopt;
  if (*left == (binary.op == BinaryOp::kOr)) return Value(*left);
  const auto right = condition(*binary.right, scope);
  return right ? std::optional<Value>(*right) : std::nullopt;
}

std::optional<Value> Evaluator::calculate(BinaryOp op, int64_t left, int64_t right, Span at) {
  int64_t result = 0;
  bool fits = true;
  switch (op) {
    case BinaryOp::kEqual:
      return Value(left == right);
    case BinaryOp::kNotEqual:
      return Value(left != right);
    case BinaryOp::kLess:
      return Value(left < right);
    case BinaryOp::kLessEqual:
      return Value(left <= right);
    case BinaryOp::kGreater:
      return Value(left > right);
    case BinaryOp::kGreaterEqual:
      return Value(left >= right);
    case BinaryOp::kAdd:
      fits = !__builtin_add_overflow(left, right, &result);
      break;
    case BinaryOp::kSubtract:
      fits = !__builtin_sub_overflow(left, right, &result);
      break;
    case BinaryOp::kMultiply:
      fits = !__builtin_mul_overflow(left, right, &result);
      break;
    case BinaryOp::kDivide:
    case BinaryOp::kModulo:
      if (right == 0) {
        budget_.error(at, "division by zero");
        return std::nullopt;
      }
      // The one quotient that does not fit; the machine traps on it, even for the remainder.
      fits = left != std::numeric_limits<int64_t>::min() || right != -1;
      if (fits) result = op == BinaryOp::kDivide ? left / right : left % right;
      break;
    case BinaryOp::kOr:
    case BinaryOp::kAnd:
      break;
  }
  if (fits) return Value(result);
  budget_.error(
      at, "the result does not fit into 64 bits",
      std::to_string(left) + " " + std::string(lang::to_string(op)) + " " + std::to_string(right));
  return std::nullopt;
}

bool check_index(Budget& budget, int64_t index, uint32_t count, std::string_view name, Span at) {
  if (index >= 0 && index < static_cast<int64_t>(count)) return true;
  const std::string element = std::string(name) + "[" + std::to_string(index) + "]";
  budget.error(
      at, "there is no " + name_text(element),
      count == 0 ? name_text(name) + " is empty"
                 : "the last one is " + std::string(name) + "[" + std::to_string(count - 1) + "]");
  return false;
}

}  // namespace vinet::graph
