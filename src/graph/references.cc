#include "graph/references.h"

#include "graph/words.h"

namespace vinet::graph {

bool References::append(const lang::Path& path, Many many, Scope& scope,
                        std::vector<NodeRef>& nodes) {
  const lang::PathStep& head = path.steps.front();
  const auto found = scope.find(head.name.text);
  if (!found) {
    report_unknown(head, scope);
    return false;
  }
  if (std::holds_alternative<RefusedSymbol>(*found.meaning)) return false;
  const auto* symbol = std::get_if<NodeSymbol>(found.meaning);
  const auto* value = std::get_if<Value>(found.meaning);
  const NodeRef* bound = value != nullptr ? std::get_if<NodeRef>(value) : nullptr;
  if (symbol == nullptr && bound == nullptr) {
    budget_.error(head.name.span, "expected a " + std::string(word_) + ", but " +
                                      name_text(head.name.text) + " is " +
                                      describe(*found.meaning));
    return false;
  }
  if (path.steps.size() > 1) {
    budget_.error(path.span, name_text(head.name.text) + " has nothing inside it",
                  "only parts do, and `part` is not supported yet");
    return false;
  }
  if (symbol != nullptr) return append_symbol(*symbol, path, many, scope, nodes);
  if (head.index || head.all) {
    budget_.error(path.span,
                  name_text(head.name.text) + " is one " + std::string(word_) + ", not an array");
    return false;
  }
  nodes.push_back(*bound);
  return true;
}

bool References::append_symbol(const NodeSymbol& symbol, const lang::Path& path, Many many,
                               Scope& scope, std::vector<NodeRef>& nodes) {
  const lang::PathStep& step = path.steps.front();
  const std::string& name = step.name.text;
  if (!symbol.array) {
    if (step.index || step.all) {
      budget_.error(path.span,
                    name_text(name) + " is one " + std::string(word_) + ", not an array");
      return false;
    }
    nodes.push_back({&symbol, 0});
    return true;
  }
  if (step.index) {
    const auto index = evaluator_.integer(*step.index, scope, "an index");
    if (!index || !check_index(budget_, *index, symbol.count, name, path.span)) return false;
    nodes.push_back({&symbol, static_cast<uint32_t>(*index)});
    return true;
  }
  if (step.all && many == Many::kOne) {
    budget_.error(path.span,
                  "expected one " + std::string(word_) + ", not all of " + name_text(name));
    return false;
  }
  if (!step.all && many != Many::kArray) {
    budget_.error(
        path.span, name_text(name) + " is an array: which of its " + std::string(word_) + "s?",
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

// Who writes r2 for the third of `router r[4]` has looked at the world, not at the file.
void References::report_unknown(const lang::PathStep& step, Scope& scope) {
  const std::string& name = step.name.text;
  const size_t digits = name.find_last_not_of("0123456789") + 1;
  std::string note = did_you_mean(name, scope.visible(true));
  if (digits > 0 && digits < name.size()) {
    const auto found = scope.find(std::string_view(name).substr(0, digits));
    const auto* array = found ? std::get_if<NodeSymbol>(found.meaning) : nullptr;
    if (array != nullptr && array->array) {
      note =
          "in this file it is called " + name.substr(0, digits) + "[" + name.substr(digits) + "]";
    }
  }
  budget_.error(step.name.span, "unknown " + std::string(word_) + " " + name_text(name), note);
}

}  // namespace vinet::graph
