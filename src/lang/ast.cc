#include "lang/ast.h"

#include <array>

namespace vinet::lang {

bool operator==(const List& a, const List& b) {
  return a.items == b.items;
}
bool operator==(const Block& a, const Block& b) {
  return a.statements == b.statements;
}

const std::string* bare_word(const Expr& expr) {
  const auto* path = std::get_if<Path>(&expr.kind);
  if (path == nullptr || path->steps.size() != 1) return nullptr;
  const PathStep& step = path->steps.front();
  return step.index || step.all ? nullptr : &step.name.text;
}

std::string_view kind_name(const Expr& expr) {
  return std::visit(Overloaded{
                        [](const Integer&) { return "an integer"; },
                        [](const Rate&) { return "a rate"; },
                        [](const Duration&) { return "a duration"; },
                        [](const Fraction&) { return "a percentage"; },
                        [](const Size&) { return "a size"; },
                        [](const net::IpAddress& a) {
                          return net::is_ipv6(a) ? "an IPv6 address" : "an IPv4 address";
                        },
                        [](const net::IpPrefix& p) {
                          return net::is_ipv6(p.network) ? "an IPv6 prefix" : "an IPv4 prefix";
                        },
                        [](const Text&) { return "a string"; },
                        [](const Path&) { return "a name"; },
                        [](const List&) { return "a list"; },
                        [](const Unary& unary) {
                          return unary.op == UnaryOp::kNot ? "a condition" : "an integer";
                        },
                        [](const Binary& binary) {
                          return binary.op < BinaryOp::kAdd ? "a condition" : "an integer";
                        },
                        [](const Range&) { return "a range"; },
                    },
                    expr.kind);
}

std::string_view to_string(NodeKind kind) {
  static constexpr std::array<std::string_view, 3> kWords = {"machine", "host", "router"};
  return kWords.at(static_cast<size_t>(kind));
}

std::string_view to_string(ShapeKind kind) {
  static constexpr std::array<std::string_view, 4> kWords = {"chain", "ring", "star", "mesh"};
  return kWords.at(static_cast<size_t>(kind));
}

std::string_view to_string(BinaryOp op) {
  static constexpr std::array<std::string_view, 13> kWords = {
      "or", "and", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"};
  return kWords.at(static_cast<size_t>(op));
}

}  // namespace vinet::lang
