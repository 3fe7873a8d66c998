#include "lang/format_expr.h"

#include "lang/lexer.h"

namespace vinet::lang {
namespace {

// How tightly an expression holds together; the parser's table, with what needs no brackets on top.
int precedence(const Expr& expr) {
  constexpr int kNegation = 3;
  constexpr int kSign = 7;
  constexpr int kPrimary = 8;
  if (const auto* unary = std::get_if<Unary>(&expr.kind))
    return unary->op == UnaryOp::kNot ? kNegation : kSign;
  const auto* binary = std::get_if<Binary>(&expr.kind);
  if (binary == nullptr) return kPrimary;
  if (binary->op == BinaryOp::kOr) return 1;
  if (binary->op == BinaryOp::kAnd) return 2;
  if (binary->op < BinaryOp::kAdd) return 4;
  return binary->op < BinaryOp::kMultiply ? 5 : 6;
}

std::string bracketed_below(int least, const Expr& expr) {
  return precedence(expr) < least ? "(" + flat(expr) + ")" : flat(expr);
}

std::string flat_binary(const Expr& expr, const Binary& binary) {
  const int own = precedence(expr);
  const bool comparison = own == 4;  // does not chain
  return bracketed_below(comparison ? own + 1 : own, *binary.left) + " " +
         std::string(to_string(binary.op)) + kSoftBreak + bracketed_below(own + 1, *binary.right);
}

std::string flat_unary(const Expr& expr, const Unary& unary) {
  const std::string operand = bracketed_below(precedence(expr), *unary.operand);
  if (unary.op == UnaryOp::kNot) return "not " + operand;
  return (operand.front() == '-' ? "- " : "-") + operand;  // `--` is a link
}

}  // namespace

std::string flat(const std::vector<Expr>& list) {
  std::string text;
  for (const Expr& item : list) {
    if (!text.empty()) text += std::string(",") + kSoftBreak;
    text += flat(item);
  }
  return text;
}

std::string flat(const Path& path) {
  std::string text;
  for (const PathStep& step : path.steps) {
    if (!text.empty()) text += ".";
    text += step.name.text;
    if (step.all) text += "[*]";
    if (step.index) text += "[" + flat(*step.index) + "]";
  }
  return text;
}

std::string flat(const Attribute& attribute) {
  std::string text = attribute.name.text;
  if (attribute.value) text += " = " + flat(*attribute.value);
  if (attribute.end) text += " at " + flat(*attribute.end);
  return text;
}

std::string flat(const Expr& expr) {
  return std::visit(
      Overloaded{
          [](const Integer& integer) { return std::to_string(integer.value); },
          [](const net::IpAddress& address) { return net::to_string(address); },
          [](const net::IpPrefix& prefix) { return net::to_string(prefix); },
          [](const Text& text) { return quoted(text.value); },
          [](const Path& path) { return flat(path); },
          [](const List& list) { return "[" + flat(list.items) + "]"; },
          [&](const Unary& unary) { return flat_unary(expr, unary); },
          [&](const Binary& binary) { return flat_binary(expr, binary); },
          [](const Range& range) { return flat(*range.first) + ".." + flat(*range.last); },
          [&](const auto& quantity) {
            return expr.spelling.empty() ? vinet::to_string(quantity) : expr.spelling;
          },
      },
      expr.kind);
}

bool has_comments(const Expr& expr) {
  const auto* list = std::get_if<List>(&expr.kind);
  return list != nullptr && list->comments;
}

}  // namespace vinet::lang
