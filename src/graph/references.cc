#include "graph/references.h"

#include "graph/words.h"

namespace vinet::graph {

bool References::append(const lang::Path& path, Many many, Scope& scope,
                        std::vector<NodeRef>& nodes) {
  const lang::PathStep& step = path.steps.front();
  const std::string& name = step.name.text;
  const auto found = scope.find(name);
  if (!found) {
    report_unknown(step, scope);
    return false;
  }
  if (std::holds_alternative<RefusedSymbol>(*found.meaning)) return false;
  const auto* symbol = std::get_if<NodeSymbol>(found.meaning);
  const auto* value = std::get_if<Value>(found.meaning);
  const NodeRef* bound = value != nullptr ? std::get_if<NodeRef>(value) : nullptr;
  if (symbol == nullptr && bound == nullptr) {
    const std::string wanted = many == Many::kArrayOnly ? "an array" : "a " + std::string(word_);
    budget_.error(step.name.span, "expected " + wanted + ", but " + name_text(name) + " is " +
                                      describe(*found.meaning));
    return false;
  }
  if (path.steps.size() > 1) {
    budget_.error(path.span, name_text(name) + " has nothing inside it",
                  "only parts do, and `part` is not supported yet");
    return false;
  }
  if (symbol != nullptr && symbol->array) return append_array(*symbol, path, many, scope, nodes);
  if (step.index || step.all || many == Many::kArrayOnly) {
    budget_.error(path.span, name_text(name) + " is one " + std::string(word_) + ", not an array");
    return false;
  }
  nodes.push_back(bound != nullptr ? *bound : NodeRef{symbol, 0});
  return true;
}

bool References::append_array(const NodeSymbol& symbol, const lang::Path& path, Many many,
                              Scope& scope, std::vector<NodeRef>& nodes) {
  const lang::PathStep& step = path.steps.front();
  const std::string& name = step.name.text;
  const std::string word(word_);
  if (step.index && many == Many::kArrayOnly) {
    budget_.error(path.span, "expected an array, not one " + word + " of it");
    return false;
  }
  if (step.index) {
    const auto index = evaluator_.integer(*step.index, scope, "an index");
    if (!index || !check_index(budget_, *index, symbol.count, name, path.span)) return false;
    nodes.push_back({&symbol, static_cast<uint32_t>(*index)});
    return true;
  }
  if (step.all && many == Many::kOne) {
    budget_.error(path.span, "expected one " + word + ", not all of " + name_text(name));
    return false;
  }
  if (!step.all && (many == Many::kOne || many == Many::kStar)) {
    budget_.error(
        path.span, name_text(name) + " is an array: which of its " + word + "s?",
        "write " + name + "[0]" + (many == Many::kStar ? ", or " + name + "[*] for all" : ""));
    return false;
  }
  for (uint32_t i = 0; i < symbol.count; ++i) {
    if (!budget_.operation()) return false;
    nodes.push_back({&symbol, i});
  }
  return true;
}

bool References::append(const lang::Expr& expr, Scope& scope, std::vector<NodeRef>& nodes) {
  if (const auto* path = std::get_if<lang::Path>(&expr.kind)) {
    return append(*path, Many::kArray, scope, nodes);
  }
  const auto* list = std::get_if<lang::List>(&expr.kind);
  if (list == nullptr) {
    budget_.error(expr.span, "expected names of " + std::string(word_) + "s, not " +
                                 std::string(lang::kind_name(expr)));
    return false;
  }
  bool all_known = true;
  for (const lang::Expr& item : list->items) {
    if (!budget_.operation()) return false;
    if (const auto* path = std::get_if<lang::Path>(&item.kind)) {
      all_known &= append(*path, Many::kStar, scope, nodes);
    } else {
      budget_.error(item.span, "expected the name of a " + std::string(word_) + ", not " +
                                   std::string(lang::kind_name(item)));
      all_known = false;
    }
  }
  return all_known;
}

void References::report_unknown(const lang::PathStep& step, Scope& scope) {
  const std::string& name = step.name.text;
  budget_.error(step.name.span, "unknown " + std::string(word_) + " " + name_text(name),
                unknown_note(name, scope));
}

std::string References::unknown_note(const std::string& name, Scope& scope) {
  // Who writes r2 for the third of `router r[4]` has looked at the world, not at the file.
  const size_t digits = name.find_last_not_of("0123456789") + 1;
  if (digits > 0 && digits < name.size()) {
    const auto found = scope.find(std::string_view(name).substr(0, digits));
    const auto* array = found ? std::get_if<NodeSymbol>(found.meaning) : nullptr;
    if (array != nullptr && array->array) {
      return "in this file it is called " + name.substr(0, digits) + "[" + name.substr(digits) +
             "]";
    }
  }
  if (draft_.full_names.contains(name)) {
    return "a name is visible in its block and the blocks inside it, not here";
  }
  if (around_.places != nullptr && around_.places->has(name)) {
    return "it is a machine of base " + name_text(around_.places->base()) +
           "; nodes are put on it with `at " + name + "`";
  }
  std::string note = did_you_mean(name, scope.visible(true));
  if (!note.empty()) return note;
  return around_.is_base ? "declare it: `machine " + name + "`"
                         : "declare it: `host " + name + "` or `router " + name + "`";
}

}  // namespace vinet::graph
