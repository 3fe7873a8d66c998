#include "graph/scope.h"

#include <algorithm>

namespace vinet::graph {

using lang::Overloaded;

std::string_view kind_name(const Value& value) {
  return std::visit(Overloaded{
                        [](int64_t) -> std::string_view { return "an integer"; },
                        [](bool) -> std::string_view { return "a condition"; },
                        [](const Rate&) -> std::string_view { return "a rate"; },
                        [](const Duration&) -> std::string_view { return "a duration"; },
                        [](const Fraction&) -> std::string_view { return "a percentage"; },
                        [](const Size&) -> std::string_view { return "a size"; },
                        [](const net::IpAddress& a) -> std::string_view {
                          return net::is_ipv6(a) ? "an IPv6 address" : "an IPv4 address";
                        },
                        [](const net::IpPrefix& p) -> std::string_view {
                          return net::is_ipv6(p.network) ? "an IPv6 prefix" : "an IPv4 prefix";
                        },
                        [](const std::string&) -> std::string_view { return "a string"; },
                        [](const NodeRef& node) -> std::string_view {
                          switch (node.symbol->kind) {
                            case lang::NodeKind::kMachine:
                              return "a machine";
                            case lang::NodeKind::kHost:
                              return "a host";
                            case lang::NodeKind::kRouter:
                              return "a router";
                          }
                          return "a node";
                        },
                    },
                    value);
}

std::string describe(const Meaning& meaning) {
  return std::visit(
      Overloaded{
          [](const NodeSymbol& node) {
            return node.array ? "an array of " + std::string(lang::to_string(node.kind)) + "s"
                              : std::string(kind_name(Value(NodeRef{&node, 0})));
          },
          [](const Value& value) { return std::string(kind_name(value)); },
          [](const LetSymbol&) { return std::string("the name of a value"); },
          [](const LinkSymbol&) { return std::string("a link"); },
          [](const ObjectSymbol& object) {
            return (object.word == "internet" ? "an " : "a ") + std::string(object.word);
          },
          [](const RefusedSymbol&) { return std::string("something else"); },
      },
      meaning);
}

Meaning* Scope::declare(std::string_view name, Meaning&& meaning) {
  if (name == variable_) return &bound_;
  const auto [at, is_new] = names_.try_emplace(name, std::move(meaning));
  return is_new ? nullptr : &at->second;
}

Meaning* Scope::own(std::string_view name) {
  if (name == variable_) return &bound_;
  const auto at = names_.find(name);
  return at == names_.end() ? nullptr : &at->second;
}

Scope::Found Scope::find(std::string_view name) {
  for (Scope* scope = this; scope != nullptr; scope = scope->parent_.get()) {
    if (Meaning* meaning = scope->own(name)) return {meaning, scope};
  }
  return {};
}

std::vector<std::string> Scope::visible(bool nodes) const {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name, const Meaning& meaning) {
    const auto* value = std::get_if<Value>(&meaning);
    const bool is_node = std::holds_alternative<NodeSymbol>(meaning) ||
                         (value != nullptr && std::holds_alternative<NodeRef>(*value));
    const bool is_value = std::holds_alternative<LetSymbol>(meaning) || (value && !is_node);
    if (nodes ? is_node : is_value) names.emplace_back(name);
  };
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_.get()) {
    if (!scope->variable_.empty()) add(scope->variable_, scope->bound_);
    for (const auto& [name, meaning] : scope->names_) add(name, meaning);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace vinet::graph
