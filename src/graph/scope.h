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

struct PartSymbol;
struct Meaning;

/// One use of a part, as a loop over an array of parts hands it out.
struct PartRef {
  const PartSymbol* symbol = nullptr;
  uint32_t index = 0;
  friend bool operator==(const PartRef&, const PartRef&) = default;
};

/// What an expression can be worth.
using Value = std::variant<int64_t, bool, Rate, Duration, Fraction, Size, net::IpAddress,
                           net::IpPrefix, std::string, NodeRef, PartRef>;

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

class Scope;

/// One use of a part that has been expanded: what can be named inside it.
struct PartInstance {
  std::vector<std::shared_ptr<Scope>> blocks;  ///< its body, and the blocks in it that were taken
  /// What the name means inside: a node, an array, a part or a port. Null if there is none.
  Meaning* find(std::string_view name) const;
};

/// `part t = tree(4)`, or an array of parts: one instance each.
struct PartSymbol {
  const lang::PartUse* use = nullptr;
  bool array = false;
  std::vector<PartInstance> instances;
};

/// `port up = top`. The node is known once the part has been expanded.
struct PortSymbol {
  const lang::PortDecl* port = nullptr;
  NodeRef node;                 ///< none (no symbol): the target was refused
  PortSymbol* inner = nullptr;  ///< the port of an inner part that this port is
  bool bound = false;           ///< by a link already, which is at:
  Span bound_at;
};

/// A base or an internet.
struct ObjectSymbol {
  std::string_view word;
};

/// Something that has been refused already: using it gives no second diagnostic.
struct RefusedSymbol {};

/// What a name means.
struct Meaning : std::variant<NodeSymbol, Value, LetSymbol, LinkSymbol, PartSymbol, PortSymbol,
                              ObjectSymbol, RefusedSymbol> {
  using variant::variant;
};

/// "an array of 4 hosts", "a link", … for messages.
std::string describe(const Meaning& meaning);

class Scope {
 public:
  explicit Scope(std::shared_ptr<Scope> parent) : parent_(std::move(parent)) {}
  /// The scope of one turn of a loop. `variable` must outlive it.
  Scope(std::shared_ptr<Scope> parent, std::string_view variable, Value value)
      : parent_(std::move(parent)) {
    declare(variable, Meaning(std::move(value)));
  }

  /// Enters a name, which must outlive the scope. Returns what the name already means in this very
  /// scope, or null. All names of a scope are entered before any is looked up: entering one moves
  /// the others.
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
  /// The ports of this very scope: for suggestions.
  void append_ports(std::vector<std::string>& names) const;
  /// Makes room for names that will be entered.
  void reserve(size_t names) { entries_.reserve(entries_.size() + names); }

 private:
  struct Entry {
    std::string_view name;
    Meaning meaning;
  };

  std::shared_ptr<Scope> parent_;
  std::vector<Entry> entries_;  // most blocks have a handful, and there may be 100,000s of scopes
  std::unique_ptr<std::unordered_map<std::string_view, uint32_t>> index_;  // of a long one
};

}  // namespace vinet::graph
