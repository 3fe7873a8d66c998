// Scopes: which name means what, where. One scope a block and, for loops, one a turn.
//
// A name is visible in its whole block and the blocks inside it, so a block's names are all entered
// before any of its statements is looked at. An inner block may use a name anew (a parameter
// `depth` beside a `let depth` of the file); twice in one block is an error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "graph/graph.h"
#include "lang/ast.h"
#include "support/units.h"

namespace vinet::graph {

/// A declared node or array of nodes (or machines). Its nodes lie in a row.
struct NodeSymbol {
  lang::NodeKind kind = lang::NodeKind::kHost;
  const lang::Declarator* declarator = nullptr;
  bool array = false;
  uint32_t count = 1;
  uint32_t first = 0;  ///< index of the first; known once the declaration has been expanded
};

/// One node, known by its declaration: also before the node itself has been made.
struct NodeRef {
  const NodeSymbol* symbol = nullptr;
  uint32_t index = 0;
  NodeId id() const { return NodeId{symbol->first + index}; }
  friend bool operator==(const NodeRef&, const NodeRef&) = default;
};

/// What an expression can be worth.
using Value = std::variant<int64_t, bool, Rate, Duration, Fraction, Size, net::IpAddress,
                           net::IpPrefix, std::string, NodeRef>;

/// "an integer", "a host", …
std::string_view kind_name(const Value& value);

/// A `let`: its value is calculated when first asked for, so that lets may stand in any order.
struct LetSymbol {
  enum class State { kNew, kBusy, kKnown, kFailed };
  const lang::Let* let = nullptr;
  State state = State::kNew;
  Value value = int64_t{0};
};

struct LinkSymbol {
  const lang::LinkDecl* link = nullptr;
};

/// A base or an internet.
struct ObjectSymbol {
  std::string_view word;
};

/// Something that has been refused already: using it gives no second diagnostic.
struct RefusedSymbol {};

using Meaning = std::variant<NodeSymbol, Value, LetSymbol, LinkSymbol, ObjectSymbol, RefusedSymbol>;

/// "an array of 4 hosts", "a link", … for messages.
std::string describe(const Meaning& meaning);

class Scope {
 public:
  explicit Scope(std::shared_ptr<Scope> parent) : parent_(std::move(parent)) {}
  /// The scope of one turn of a loop. `variable` must outlive it.
  Scope(std::shared_ptr<Scope> parent, std::string_view variable, Value value)
      : parent_(std::move(parent)), variable_(variable), bound_(std::move(value)) {}

  /// Enters a name, which must outlive the scope. Returns what the name already means in this very
  /// scope, or null.
  Meaning* declare(std::string_view name, Meaning&& meaning);
  /// What the name means in this very scope, or null.
  Meaning* own(std::string_view name);

  struct Found {
    Meaning* meaning = nullptr;
    Scope* scope = nullptr;  ///< in which it was declared
    explicit operator bool() const { return meaning != nullptr; }
  };
  /// What the name means here: the innermost declaration counts.
  Found find(std::string_view name);

  /// All names visible here that are nodes (or, if not `nodes`, values), sorted: for suggestions.
  std::vector<std::string> visible(bool nodes) const;

 private:
  std::shared_ptr<Scope> parent_;
  std::string_view variable_;
  Meaning bound_;
  std::unordered_map<std::string_view, Meaning> names_;
};

}  // namespace vinet::graph
