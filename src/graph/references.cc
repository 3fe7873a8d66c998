#include "graph/references.h"

#include <algorithm>

#include "graph/words.h"

namespace vinet::graph {
namespace {

// The name that was declared with dots, if any was: all steps but an index of the last.
std::pair<std::string, const lang::PathStep*> qualified(const lang::Path& path) {
  std::string name;
  for (const lang::PathStep& step : path.steps) {
    const bool last = &step == &path.steps.back();
    if (!last && (step.index || step.all)) return {"", nullptr};
    name += (name.empty() ? "" : ".") + step.name.text;
  }
  return {name, &path.steps.back()};
}

constexpr size_t kMostListed = 8;  // ports named in a note

}  // namespace

bool References::append(const lang::Path& path, Many many, Scope& scope, std::vector<End>& ends) {
  const lang::PathStep& step = path.steps.front();
  if (path.steps.size() > 1 && !draft_.qualified_heads.empty()) {
    const auto [name, last] = qualified(path);
    const auto whole = scope.find(name);
    if (whole) return append_meaning(*whole.meaning, *last, path, many, scope, ends);
  }
  const auto found = scope.find(step.name.text);
  if (!found) {
    report_unknown(step, scope);
    return false;
  }
  if (path.steps.size() > 1) return append_inside(*found.meaning, path, many, scope, ends);
  return append_meaning(*found.meaning, step, path, many, scope, ends);
}

// The last step of a path.
bool References::append_meaning(Meaning& meaning, const lang::PathStep& step,
                                const lang::Path& path, Many many, Scope& scope,
                                std::vector<End>& ends) {
  const std::string& name = step.name.text;
  if (std::holds_alternative<RefusedSymbol>(meaning)) return false;
  const bool is_inside = &step != &path.steps.front();
  auto* port = std::get_if<PortSymbol>(&meaning);
  if (port != nullptr && is_inside) return append_port(*port, step, path, ends);
  const auto* symbol = std::get_if<NodeSymbol>(&meaning);
  const auto* value = std::get_if<Value>(&meaning);
  const NodeRef* bound = value != nullptr ? std::get_if<NodeRef>(value) : nullptr;
  if (symbol == nullptr && bound == nullptr) {
    const std::string wanted = many == Many::kArrayOnly ? "an array" : "a " + std::string(word_);
    const bool is_part = std::holds_alternative<PartSymbol>(meaning) ||
                         (value != nullptr && std::holds_alternative<PartRef>(*value));
    budget_.error(step.name.span,
                  "expected " + wanted + ", but " + name_text(name) + " is " + describe(meaning),
                  is_part ? "name one of its ports: `" + name + ".up`"
                  : port  ? "a port is for the user of the part; in the part write the node"
                          : "");
    return false;
  }
  if (symbol != nullptr && symbol->array) {
    return append_array(*symbol, step, path, many, scope, ends);
  }
  if (step.index || step.all || many == Many::kArrayOnly) {
    budget_.error(path.span, name_text(name) + " is one " + std::string(word_) + ", not an array");
    return false;
  }
  ends.push_back({bound != nullptr ? *bound : NodeRef{symbol, 0}, nullptr, path.span});
  return true;
}

bool References::append_array(const NodeSymbol& symbol, const lang::PathStep& step,
                              const lang::Path& path, Many many, Scope& scope,
                              std::vector<End>& ends) {
  const std::string& name = step.name.text;
  const std::string word(word_);
  if (step.index && many == Many::kArrayOnly) {
    budget_.error(path.span, "expected an array, not one " + word + " of it");
    return false;
  }
  if (step.index) {
    const auto index = evaluator_.integer(*step.index, scope, "an index");
    if (!index || !check_index(budget_, *index, symbol.count, name, path.span)) return false;
    ends.push_back({{&symbol, static_cast<uint32_t>(*index)}, nullptr, path.span});
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
    ends.push_back({{&symbol, i}, nullptr, path.span});
  }
  return true;
}

// --- into parts

bool References::append_port(PortSymbol& port, const lang::PathStep& step, const lang::Path& path,
                             std::vector<End>& ends) {
  if (step.index || step.all) {
    budget_.error(path.span, name_text(step.name.text) + " is a port, not an array",
                  port.port->many ? "it takes any number of links without an index" : "");
    return false;
  }
  if (port.node.symbol == nullptr) return false;  // its target was refused
  ends.push_back({port.node, &port, path.span});
  return true;
}

bool References::append_inside(const Meaning& outermost, const lang::Path& path, Many many,
                               Scope& scope, std::vector<End>& ends) {
  if (many == Many::kArrayOnly) {
    budget_.error(path.span, "a loop runs over an array of its own part",
                  "for parts: `for x in child { … x.up … }`");
    return false;
  }
  std::vector<PartRef> parts;
  if (!enter(outermost, path.steps.front(), path, many, scope, parts)) return false;
  for (size_t i = 1; i < path.steps.size(); ++i) {
    const lang::PathStep& step = path.steps[i];
    std::vector<PartRef> inner;
    for (const PartRef& part : parts) {
      if (!budget_.operation()) return false;
      Meaning* meaning = part.symbol->instances[part.index].find(step.name.text);
      if (meaning == nullptr) {
        report_unknown_inside(part, step);
        return false;
      }
      const bool last = i + 1 == path.steps.size();
      const bool good = last ? append_meaning(*meaning, step, path, many, scope, ends)
                             : enter(*meaning, step, path, many, scope, inner);
      if (!good) return false;
    }
    parts = std::move(inner);
  }
  return true;
}

// The parts that one step names: what stands before a dot.
bool References::enter(const Meaning& meaning, const lang::PathStep& step, const lang::Path& path,
                       Many many, Scope& scope, std::vector<PartRef>& parts) {
  const std::string& name = step.name.text;
  if (std::holds_alternative<RefusedSymbol>(meaning)) return false;
  const auto* value = std::get_if<Value>(&meaning);
  const PartRef* bound = value != nullptr ? std::get_if<PartRef>(value) : nullptr;
  const auto* symbol = std::get_if<PartSymbol>(&meaning);
  if (symbol == nullptr && bound == nullptr) {
    budget_.error(path.span, name_text(name) + " has nothing inside it",
                  "it is " + describe(meaning) + "; only parts have");
    return false;
  }
  const auto count = symbol != nullptr ? static_cast<uint32_t>(symbol->instances.size()) : 1;
  if (bound != nullptr || !symbol->array) {
    if (step.index || step.all) {
      budget_.error(path.span, name_text(name) + " is one part, not an array");
      return false;
    }
    parts.push_back(bound != nullptr ? *bound : PartRef{symbol, 0});
    return true;
  }
  if (step.index) {
    const auto index = evaluator_.integer(*step.index, scope, "an index");
    if (!index || !check_index(budget_, *index, count, name, path.span)) return false;
    parts.push_back({symbol, static_cast<uint32_t>(*index)});
    return true;
  }
  if (!step.all || many == Many::kOne) {
    budget_.error(
        path.span, name_text(name) + " is an array: which of its parts?",
        "write " + name + "[0]" + (many == Many::kOne ? "" : ", or " + name + "[*] for all"));
    return false;
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (!budget_.operation()) return false;
    parts.push_back({symbol, i});
  }
  return true;
}

bool References::append_items(const lang::Path& path, Many many, Scope& scope,
                              std::vector<Value>& items) {
  if (path.steps.size() == 1) {
    const lang::PathStep& step = path.steps.front();
    const auto found = scope.find(step.name.text);
    const auto* part = found ? std::get_if<PartSymbol>(found.meaning) : nullptr;
    if (part != nullptr && part->array && !step.index) {
      for (uint32_t i = 0; i < part->instances.size(); ++i) {
        if (!budget_.operation()) return false;
        items.emplace_back(PartRef{part, i});
      }
      return true;
    }
  }
  std::vector<End> ends;
  if (!append(path, many, scope, ends)) return false;
  for (const End& end : ends) items.emplace_back(end.node);
  return true;
}

bool References::append(const lang::Expr& expr, Scope& scope, std::vector<End>& ends) {
  if (const auto* path = std::get_if<lang::Path>(&expr.kind)) {
    return append(*path, Many::kArray, scope, ends);
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
      all_known &= append(*path, Many::kStar, scope, ends);
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

void References::report_unknown_inside(const PartRef& part, const lang::PathStep& step) {
  const std::string& name = step.name.text;
  std::vector<std::string> ports;
  for (const auto& block : part.symbol->instances[part.index].blocks) block->append_ports(ports);
  std::sort(ports.begin(), ports.end());
  std::string note = did_you_mean(name, ports);
  if (note.empty() && !ports.empty() && ports.size() <= kMostListed) {
    note = ports.size() == 1 ? "its port is " : "its ports are ";
    for (size_t i = 0; i < ports.size(); ++i) note += (i > 0 ? ", " : "") + ports[i];
  }
  budget_.error(
      step.name.span,
      "nothing in part " + name_text(part.symbol->use->part.text) + " is called " + name_text(name),
      note);
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
  if (draft_.names.contains(name)) {
    return "a name is visible in its block and the blocks inside it, not here";
  }
  if (around_.places != nullptr && around_.places->has(name)) {
    return "it is a " + std::string(around_.places->one()) + " of " + around_.places->owner() +
           "; nodes are put on it with `at " + name + "`";
  }
  std::string note = did_you_mean(name, scope.visible(true));
  if (!note.empty()) return note;
  return around_.is_base ? "declare it: `machine " + name + "`"
                         : "declare it: `host " + name + "` or `router " + name + "`";
}

}  // namespace vinet::graph
