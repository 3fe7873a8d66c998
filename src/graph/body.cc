#include "graph/body.h"

#include <algorithm>
#include <utility>

#include "graph/words.h"

namespace vinet::graph {

using lang::Overloaded;

namespace {

// Does the block declare what a path can name from outside of the part?
bool has_members(const lang::Block& block) {
  return std::any_of(block.statements.begin(), block.statements.end(),
                     [](const lang::Statement& statement) {
                       return std::holds_alternative<lang::NodeDecl>(statement.kind) ||
                              std::holds_alternative<lang::PartUse>(statement.kind) ||
                              std::holds_alternative<lang::PortDecl>(statement.kind);
                     });
}

}  // namespace

std::string_view unsupported_word(const lang::Statement& statement) {
  return std::visit(Overloaded{
                        [](const lang::Route&) { return "route"; },
                        [](const lang::BaseDecl&) { return "base"; },
                        [](const lang::InternetDecl&) { return "internet"; },
                        [](const auto&) { return ""; },
                    },
                    statement.kind);
}

Draft Body::expand(const lang::Block& block, std::shared_ptr<Scope> file) {
  file_ = std::move(file);
  run_whole(block, std::make_shared<Scope>(file_), nullptr);
  budget_.report_deferred();
  return std::move(draft_);
}

void Body::run_whole(const lang::Block& block, const std::shared_ptr<Scope>& scope,
                     PartInstance* inside) {
  std::vector<Pending> outer = std::exchange(pending_, {});
  PartInstance* outer_part = std::exchange(inside_, inside);
  run(block, scope);
  for (const Pending& pending : pending_) {
    if (budget_.exhausted()) break;
    linker_.run(*pending.statement, *pending.scope);
  }
  inside_ = outer_part;
  pending_ = std::move(outer);
}

// --- names

void Body::enter(const lang::Name& name, Meaning meaning, Scope& scope) {
  const Meaning* before = scope.declare(name.text, std::move(meaning));
  if (before == nullptr) return;
  budget_.error(name.span, name_text(name.text) + " is declared twice",
                "in this block it is " + describe(*before) + " already");
}

void Body::enter_names(const lang::Block& block, Scope& scope) {
  scope.reserve(std::min<size_t>(block.statements.size(), 8));
  for (const lang::Statement& statement : block.statements) {
    if (budget_.exhausted()) return;
    if (const auto* let = std::get_if<lang::Let>(&statement.kind)) {
      enter(let->name, LetSymbol{let, LetSymbol::State::kNew, int64_t{0}}, scope);
    } else if (const auto* nodes = std::get_if<lang::NodeDecl>(&statement.kind)) {
      for (const lang::Declarator& declarator : nodes->names) {
        const bool array = declarator.count.has_value();
        enter(declarator.name, NodeSymbol{nodes->kind, &declarator, array, array ? 0U : 1U, 0},
              scope);
      }
    } else if (const auto* link = std::get_if<lang::LinkDecl>(&statement.kind)) {
      if (link->name) enter(*link->name, LinkSymbol{link}, scope);
    } else if (const auto* part = std::get_if<lang::PartUse>(&statement.kind)) {
      enter(part->declared.name, PartSymbol{part, part->declared.count.has_value(), {}}, scope);
    } else if (const auto* port = std::get_if<lang::PortDecl>(&statement.kind)) {
      enter(port->name, PortSymbol{port, {}, nullptr, false, {}}, scope);
    }
  }
  for (const lang::Statement& statement : block.statements) {
    if (const auto* nodes = std::get_if<lang::NodeDecl>(&statement.kind)) {
      count_nodes(*nodes, scope);
    } else if (const auto* part = std::get_if<lang::PartUse>(&statement.kind)) {
      count_parts(*part, scope);
    }
  }
  for (const lang::Statement& statement : block.statements) {
    const auto* let = std::get_if<lang::Let>(&statement.kind);
    auto* symbol = let != nullptr ? std::get_if<LetSymbol>(scope.own(let->name.text)) : nullptr;
    if (symbol != nullptr && symbol->let == let) evaluator_.settle(*symbol, scope);
  }
}

void Body::count_nodes(const lang::NodeDecl& nodes, Scope& scope) {
  const bool refused =
      nodes.stands_for || around_.is_base != (nodes.kind == lang::NodeKind::kMachine);
  for (const lang::Declarator& declarator : nodes.names) {
    Meaning* meaning = scope.own(declarator.name.text);
    auto* symbol = std::get_if<NodeSymbol>(meaning);
    if (symbol == nullptr || symbol->declarator != &declarator) continue;
    const auto count = refused ? std::nullopt : count_of(declarator, scope);
    if (count && budget_.nodes(*count, lang::to_string(nodes.kind), declarator.span)) {
      symbol->count = static_cast<uint32_t>(*count);
    } else {
      *meaning = RefusedSymbol{};
    }
  }
}

std::optional<uint64_t> Body::count_of(const lang::Declarator& declarator, Scope& scope) {
  if (!declarator.count) return 1;
  const auto count = evaluator_.integer(*declarator.count, scope, "the size of an array");
  if (count && *count < 0) {
    budget_.error(declarator.count->span, "the size of an array is not negative",
                  name_text(declarator.name.text) + " would have " + std::to_string(*count));
    return std::nullopt;
  }
  return count;
}

// --- statements

void Body::run(const lang::Block& block, const std::shared_ptr<Scope>& scope) {
  if (!budget_.enter_block(block.span)) return;
  run_statements(block, scope);
  budget_.leave_block();
}

void Body::run_statements(const lang::Block& block, const std::shared_ptr<Scope>& scope) {
  enter_names(block, *scope);
  if (inside_ != nullptr && has_members(block)) inside_->blocks.push_back(scope);
  for (const lang::Statement& statement : block.statements) {
    if (!budget_.step()) return;
    if (const auto* nodes = std::get_if<lang::NodeDecl>(&statement.kind)) {
      declare(*nodes, *scope);
    } else if (const auto* loop = std::get_if<lang::For>(&statement.kind)) {
      run_loop(*loop, scope);
    } else if (const auto* condition = std::get_if<lang::If>(&statement.kind)) {
      run_condition(*condition, scope);
    } else if (const auto* part = std::get_if<lang::PartUse>(&statement.kind)) {
      use_part(*part, *scope);
    } else if (std::holds_alternative<lang::LinkDecl>(statement.kind) ||
               std::holds_alternative<lang::ShapeUse>(statement.kind) ||
               std::holds_alternative<lang::PortDecl>(statement.kind)) {
      pending_.push_back({&statement, scope});
    } else if (const std::string_view word = unsupported_word(statement); !word.empty()) {
      budget_.error(statement.span, code_text(word) + " is not supported yet");
    }
  }
}

void Body::run_condition(const lang::If& condition, const std::shared_ptr<Scope>& scope) {
  for (const lang::Branch& branch : condition.branches) {
    const auto holds = evaluator_.condition(branch.condition, *scope);
    if (!holds) return;
    if (*holds) return run(branch.body, std::make_shared<Scope>(scope));
  }
  if (condition.otherwise) run(*condition.otherwise, std::make_shared<Scope>(scope));
}

bool Body::run_turn(const lang::For& loop, Value value, const std::shared_ptr<Scope>& scope) {
  if (!budget_.step()) return false;
  budget_.set_loop(loop.over.span);
  run(loop.body, std::make_shared<Scope>(scope, loop.name.text, std::move(value)));
  return !budget_.exhausted();
}

void Body::run_loop(const lang::For& loop, const std::shared_ptr<Scope>& scope) {
  const Span outer = budget_.loop();
  budget_.set_loop(loop.over.span);
  if (const auto* range = std::get_if<lang::Range>(&loop.over.kind)) {
    const auto first = evaluator_.integer(*range->first, *scope, "the begin of a range");
    const auto last = evaluator_.integer(*range->last, *scope, "the end of a range");
    if (first && last && *first <= *last) {
      const uint64_t steps_between = static_cast<uint64_t>(*last) - static_cast<uint64_t>(*first);
      const bool whole = steps_between == UINT64_MAX;  // 2^64 turns do not fit
      bool go_on = budget_.allows_turns(whole ? UINT64_MAX : steps_between + 1, loop.over.span);
      for (int64_t i = *first; go_on; ++i) go_on = run_turn(loop, Value(i), scope) && i < *last;
    }
  } else {
    run_items(loop, scope);
  }
  budget_.set_loop(outer);
}

// A loop over an array or a list; a list may hold integers as well as nodes.
void Body::run_items(const lang::For& loop, const std::shared_ptr<Scope>& scope) {
  References references(evaluator_, budget_, around_, draft_);
  std::vector<Value> values;
  const auto append_nodes = [&](const lang::Path& path, Many many) {
    return references.append_items(path, many, *scope, values);
  };
  if (const auto* path = std::get_if<lang::Path>(&loop.over.kind)) {
    if (!append_nodes(*path, Many::kArrayOnly)) return;
  } else if (const auto* list = std::get_if<lang::List>(&loop.over.kind)) {
    for (const lang::Expr& item : list->items) {
      const auto* item_path = std::get_if<lang::Path>(&item.kind);
      if (item_path != nullptr && item_path->steps.front().all) {
        if (!append_nodes(*item_path, Many::kStar)) return;
        continue;
      }
      auto value = evaluator_.value(item, *scope);
      if (!value) return;
      values.push_back(std::move(*value));
    }
  } else {
    budget_.error(loop.over.span,
                  "a loop runs over a range, an array or a list, not " +
                      std::string(lang::kind_name(loop.over)),
                  "for example `for i in 0..3 { … }`");
    return;
  }
  for (Value& value : values) {
    if (!run_turn(loop, std::move(value), scope)) return;
  }
}

}  // namespace vinet::graph
