#include "graph/scope.h"

#include <algorithm>

namespace vinet::graph {

using lang::Overloaded;

namespace {

constexpr size_t kLongScope = 16;  // names; from here on they are found by hash

}  // namespace

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
                        [](const PartRef&) -> std::string_view { return "a part"; },
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
          [](const PartSymbol& part) {
            return std::string(part.array ? "an array of parts" : "a part");
          },
          [](const PortSymbol&) { return std::string("a port"); },
          [](const ObjectSymbol& object) {
            return (object.word == "internet" ? "an " : "a ") + std::string(object.word);
          },
          [](const RefusedSymbol&) { return std::string("something else"); },
      },
      static_cast<const Meaning::variant&>(meaning));
}

Meaning* PartInstance::find(std::string_view name) const {
  for (const std::shared_ptr<Scope>& block : blocks) {
    Meaning* meaning = block->own(name);
    if (meaning == nullptr) continue;
    const bool is_inside = std::holds_alternative<NodeSymbol>(*meaning) ||
                           std::holds_alternative<PartSymbol>(*meaning) ||
                           std::holds_alternative<PortSymbol>(*meaning) ||
                           std::holds_alternative<RefusedSymbol>(*meaning);
    if (is_inside) return meaning;
  }
  return nullptr;
}

Meaning* Scope::declare(std::string_view name, Meaning&& meaning) {
  if (Meaning* before = own(name)) return before;
  entries_.push_back({name, std::move(meaning)});
  if (index_) {
    index_->emplace(name, static_cast<uint32_t>(entries_.size() - 1));
  } else if (entries_.size() == kLongScope) {
    index_ = std::make_unique<std::unordered_map<std::string_view, uint32_t>>();
    for (uint32_t i = 0; i < entries_.size(); ++i) index_->emplace(entries_[i].name, i);
  }
  return nullptr;
}

Meaning* Scope::own(std::string_view name) {
  if (index_) {
    const auto at = index_->find(name);
    return at == index_->end() ? nullptr : &entries_[at->second].meaning;
  }
  for (Entry& entry : entries_) {
    if (entry.name == name) return &entry.meaning;
  }
  return nullptr;
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
                         std::holds_alternative<PartSymbol>(meaning) ||
                         (value != nullptr && (std::holds_alternative<NodeRef>(*value) ||
                                               std::holds_alternative<PartRef>(*value)));
    const bool is_value = std::holds_alternative<LetSymbol>(meaning) || (value && !is_node);
    if (nodes ? is_node : is_value) names.emplace_back(name);
  };
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_.get()) {
    for (const Entry& entry : scope->entries_) add(entry.name, entry.meaning);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Scope::append_ports(std::vector<std::string>& names) const {
  for (const Entry& entry : entries_) {
    if (std::holds_alternative<PortSymbol>(entry.meaning)) names.emplace_back(entry.name);
  }
}

}  // namespace vinet::graph
