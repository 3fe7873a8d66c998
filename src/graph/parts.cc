// Body, parts: `part t = tree(4)` becomes what the description of `tree` says, under names that
// begin with `t.`.
#include <algorithm>
#include <utility>

#include "graph/body.h"
#include "graph/words.h"

namespace vinet::graph {
namespace {

std::string signature(const lang::PartDecl& part) {
  std::string text = part.name.text + "(";
  for (size_t i = 0; i < part.parameters.size(); ++i) {
    text += (i > 0 ? ", " : "") + part.parameters[i].name.text;
    if (part.parameters[i].initial) text += " = …";
  }
  return text + ")";
}

std::vector<std::string> names_of(const std::vector<lang::Parameter>& parameters) {
  std::vector<std::string> names;
  for (const lang::Parameter& parameter : parameters) names.push_back(parameter.name.text);
  return names;
}

}  // namespace

void Body::count_parts(const lang::PartUse& use, Scope& scope) {
  Meaning* meaning = scope.own(use.declared.name.text);
  auto* symbol = std::get_if<PartSymbol>(meaning);
  if (symbol == nullptr || symbol->use != &use) return;  // reported: declared twice
  const auto count = count_of(use.declared, scope);
  if (count && budget_.parts(*count, use.declared.span)) {
    symbol->instances.resize(*count);
  } else {
    *meaning = RefusedSymbol{};
  }
}

void Body::use_part(const lang::PartUse& use, Scope& scope) {
  Meaning* meaning = scope.own(use.declared.name.text);
  auto* symbol = std::get_if<PartSymbol>(meaning);
  if (symbol == nullptr || symbol->use != &use) return;
  const auto found = around_.parts->by_name.find(use.part.text);
  if (found == around_.parts->by_name.end()) {
    std::vector<std::string> names;
    for (const auto& [name, part] : around_.parts->by_name) names.emplace_back(name);
    std::sort(names.begin(), names.end());
    std::string note = did_you_mean(use.part.text, names);
    if (note.empty())
      note = "describe it at the top of the file: `part " + use.part.text + "() { … }`";
    budget_.error(use.part.span, "unknown part " + name_text(use.part.text), note);
    *meaning = RefusedSymbol{};
    return;
  }
  const lang::PartDecl& part = *found->second;
  for (size_t i = 0; i < symbol->instances.size(); ++i) {
    const auto parameters = bind_parameters(use, part, scope);
    if (parameters == nullptr) {
      *meaning = RefusedSymbol{};
      return;
    }
    expand_part(part, *symbol, i, parameters);
    if (budget_.exhausted()) return;
  }
}

// The argument of each parameter, in their order; null where the default holds. Nothing if one is
// given twice, or to a parameter that there is not.
std::optional<std::vector<const lang::Expr*>> Body::match_arguments(const lang::PartUse& use,
                                                                    const lang::PartDecl& part) {
  std::vector<const lang::Expr*> given(part.parameters.size(), nullptr);
  for (size_t i = 0; i < use.arguments.size(); ++i) given[i] = &use.arguments[i];
  for (const lang::NamedArgument& argument : use.named) {
    const auto parameter = std::find_if(
        part.parameters.begin(), part.parameters.end(),
        [&](const lang::Parameter& one) { return one.name.text == argument.name.text; });
    if (parameter == part.parameters.end()) {
      std::string note = did_you_mean(argument.name.text, names_of(part.parameters));
      if (note.empty()) note = "it is " + code_text(signature(part));
      budget_.error(argument.name.span,
                    "part " + name_text(part.name.text) + " has no parameter " +
                        name_text(argument.name.text),
                    note);
      return std::nullopt;
    }
    const lang::Expr*& place = given[static_cast<size_t>(parameter - part.parameters.begin())];
    if (place != nullptr) {
      budget_.error(argument.name.span, name_text(argument.name.text) + " is given twice",
                    "it is " + code_text(signature(part)));
      return std::nullopt;
    }
    place = &argument.value;
  }
  return given;
}

// A scope with the parameters, which the body's names join.
std::shared_ptr<Scope> Body::bind_parameters(const lang::PartUse& use, const lang::PartDecl& part,
                                             Scope& scope) {
  const size_t given = use.arguments.size();
  if (given > part.parameters.size()) {
    budget_.error(use.arguments[part.parameters.size()].span,
                  "part " + name_text(part.name.text) + " takes " +
                      count_text(part.parameters.size(), "argument") + ", not " +
                      std::to_string(given),
                  "it is " + code_text(signature(part)));
    return nullptr;
  }
  const auto arguments = match_arguments(use, part);
  if (!arguments) return nullptr;
  auto inside = std::make_shared<Scope>(file_);
  inside->reserve(part.parameters.size() + part.body.statements.size());
  for (size_t i = 0; i < part.parameters.size(); ++i) {
    const lang::Parameter& parameter = part.parameters[i];
    const bool has_argument = (*arguments)[i] != nullptr;
    if (!has_argument && !parameter.initial) {
      budget_.error(use.part.span,
                    "part " + name_text(part.name.text) + " needs an argument for " +
                        name_text(parameter.name.text),
                    "it is " + code_text(signature(part)));
      return nullptr;
    }
    const lang::Expr& expr = has_argument ? *(*arguments)[i] : *parameter.initial;
    auto value = evaluator_.value(expr, has_argument ? scope : *inside);
    if (!value) return nullptr;
    if (std::holds_alternative<NodeRef>(*value) || std::holds_alternative<PartRef>(*value)) {
      budget_.error(expr.span, "an argument is a value, not " + std::string(kind_name(*value)),
                    "a part is joined to other nodes through its ports");
      return nullptr;
    }
    enter(parameter.name, std::move(*value), *inside);
  }
  return inside;
}

void Body::expand_part(const lang::PartDecl& part, PartSymbol& symbol, size_t index,
                       const std::shared_ptr<Scope>& parameters) {
  const lang::Declarator& declared = symbol.use->declared;
  const std::string name = declared.name.text + (symbol.array ? std::to_string(index) : "");
  if (!check_name(name, declared)) return;
  draft_.names.find(name)->second.is_part = true;
  if (draft_.qualified_heads.contains(name)) {
    budget_.error(declared.span, name_text(name) + " is a part",
                  "what is in it stands in its description");
    return;
  }
  if (!budget_.enter_part(draft_.prefix + name, declared.span)) return;
  const size_t outer_prefix = draft_.prefix.size();
  draft_.prefix += name + ".";
  auto outer_names = std::exchange(draft_.names, {});
  auto outer_heads = std::exchange(draft_.qualified_heads, {});
  run_whole(part.body, parameters, &symbol.instances[index]);
  draft_.names = std::move(outer_names);
  draft_.qualified_heads = std::move(outer_heads);
  draft_.prefix.resize(outer_prefix);
  budget_.leave_part();
}

}  // namespace vinet::graph
