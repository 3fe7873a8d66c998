// The inside of a base or an internet: nodes in the order of the file, and the links between them.
//
// Two passes, because names are visible before their line: the first enters names, runs loops and
// conditions, makes nodes and expands parts, each in its place; it leaves links and ports, with the
// scopes that they stand in, to the second (linker.h). A part goes through both passes before what
// stands behind it, so that whoever links to its ports finds them known.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/attribute_values.h"
#include "graph/draft.h"
#include "graph/linker.h"
#include "graph/references.h"

namespace vinet::graph {

/// A link, shape or port that is still to be run, in its scope.
struct Pending {
  const lang::Statement* statement = nullptr;
  std::shared_ptr<Scope> scope;
};

/// The kinds of statements that no graph is made of yet.
std::string_view unsupported_word(const lang::Statement& statement);

class Body {
 public:
  Body(const Surroundings& surroundings, Evaluator& evaluator, Budget& budget)
      : around_(surroundings),
        evaluator_(evaluator),
        budget_(budget),
        linker_(surroundings, draft_, evaluator, budget) {}

  /// Expands the block; `file` is the scope around it.
  Draft expand(const lang::Block& block, std::shared_ptr<Scope> file);

 private:
  /// Both passes over a block. `inside`: of which part; null in the internet or base itself.
  void run_whole(const lang::Block& block, const std::shared_ptr<Scope>& scope,
                 PartInstance* inside);
  void run(const lang::Block& block, const std::shared_ptr<Scope>& scope);
  void run_statements(const lang::Block& block, const std::shared_ptr<Scope>& scope);
  void enter_names(const lang::Block& block, Scope& scope);
  void enter(const lang::Name& name, Meaning meaning, Scope& scope);
  void count_nodes(const lang::NodeDecl& nodes, Scope& scope);
  std::optional<uint64_t> count_of(const lang::Declarator& declarator, Scope& scope);
  void run_loop(const lang::For& loop, const std::shared_ptr<Scope>& scope);
  void run_items(const lang::For& loop, const std::shared_ptr<Scope>& scope);
  bool run_turn(const lang::For& loop, Value value, const std::shared_ptr<Scope>& scope);
  void run_condition(const lang::If& condition, const std::shared_ptr<Scope>& scope);

  void count_parts(const lang::PartUse& use, Scope& scope);
  void use_part(const lang::PartUse& use, Scope& scope);
  std::optional<std::vector<const lang::Expr*>> match_arguments(const lang::PartUse& use,
                                                                const lang::PartDecl& part);
  std::shared_ptr<Scope> bind_parameters(const lang::PartUse& use, const lang::PartDecl& part,
                                         Scope& scope);
  void expand_part(const lang::PartDecl& part, PartSymbol& symbol, size_t index,
                   const std::shared_ptr<Scope>& parameters);

  void declare(const lang::NodeDecl& nodes, Scope& scope);
  void check_addresses(const NodeAttributes& attributes, const std::vector<NodeSymbol*>& symbols);
  void check_daemon(const NodeAttributes& attributes, const std::vector<NodeSymbol*>& symbols);
  std::vector<std::string> read_places(const lang::NodeDecl& nodes,
                                       const std::vector<NodeSymbol*>& symbols, bool all_known,
                                       Scope& scope);
  void make_nodes(const lang::NodeDecl& nodes, const NodeAttributes& attributes,
                  const std::vector<std::string>& places, const std::vector<NodeSymbol*>& symbols);
  bool check_name(const std::string& name, const lang::Declarator& declarator);
  void check_full_name(const std::string& name, const lang::Declarator& declarator);

  Surroundings around_;
  Evaluator& evaluator_;
  Budget& budget_;
  Draft draft_;
  Linker linker_;
  std::vector<Pending> pending_;    // of the part that is being expanded
  PartInstance* inside_ = nullptr;  // that part
  std::shared_ptr<Scope> file_;
};

}  // namespace vinet::graph
