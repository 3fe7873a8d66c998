// The Ast: a file of the language as a tree of values, as it was written, nothing evaluated.
//
// Two trees are equal (==) when they mean the same to a reader of the text: spans, comments, blank
// lines and the spelling of a quantity (1000mbit, 1gbit) do not count. Expressions first, then
// statements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lang/box.h"
#include "net/ip.h"
#include "support/diagnostics.h"
#include "support/units.h"

namespace vinet::lang {

/// `std::visit(Overloaded{[](const Integer&) {…}, [](const auto&) {…}}, expr.kind)`.
template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/// A Span that does not count in comparisons.
struct Place : Span {
  friend bool operator==(const Place&, const Place&) { return true; }
};

/// What the formatter needs to print a line as its author did. Held in a Box, because few lines
/// have any.
struct Trivia {
  std::vector<std::string> before;  ///< own-line comments above, with their '#'; "" is a blank line
  std::string after;                ///< the comment behind it on its line, "" if none
  uint32_t after_column = 0;        ///< where that comment stood, from 0
};

/// An identifier where it stands.
struct Name {
  std::string text;
  Place span;
  friend bool operator==(const Name&, const Name&) = default;
};

// --- expressions
// ------------------------------------------------------------------------------------------------

struct Expr;

/// One step of a path: `child`, `child[i]`, `child[*]`.
struct PathStep {
  Name name;
  Box<Expr> index;   ///< the i of `[i]`; empty without
  bool all = false;  ///< `[*]`
  friend bool operator==(const PathStep&, const PathStep&) = default;
};

/// A name, qualified or not: `X`, `m[2]`, `t.child[0].up`. Also a bare word as a value: `ospf`,
/// `yes`, `off`.
struct Path {
  std::vector<PathStep> steps;  ///< at least one
  Place span;
  friend bool operator==(const Path&, const Path&) = default;
};

struct Integer {
  int64_t value = 0;  ///< never negative: `-1` is a Unary
  friend bool operator==(const Integer&, const Integer&) = default;
};

/// A string without its quotes, escapes resolved.
struct Text {
  std::string value;
  friend bool operator==(const Text&, const Text&) = default;
};

/// The comments of a list: one Trivia for each item, and what stands before the `]`.
struct ListComments {
  std::vector<Trivia> items;
  std::vector<std::string> closing;
};

struct List {
  std::vector<Expr> items;
  Box<ListComments> comments;                            ///< empty: none
  friend bool operator==(const List& a, const List& b);  // by the items
};

enum class UnaryOp : uint8_t { kNegate, kNot };

struct Unary {
  UnaryOp op = UnaryOp::kNegate;
  Box<Expr> operand;
  friend bool operator==(const Unary&, const Unary&) = default;
};

enum class BinaryOp : uint8_t {
  kOr,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
};

struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  Box<Expr> left;
  Box<Expr> right;
  friend bool operator==(const Binary&, const Binary&) = default;
};

/// `first..last`, both included. Only as what a `for` runs over.
struct Range {
  Box<Expr> first;
  Box<Expr> last;
  friend bool operator==(const Range&, const Range&) = default;
};

/// A value as written. The tree is at most kMaxOperators + kMaxNesting (parser.h) high, so
/// recursion over it is safe.
struct Expr {
  using Kind = std::variant<Integer, Rate, Duration, Fraction, Size, net::IpAddress, net::IpPrefix,
                            Text, Path, List, Unary, Binary, Range>;
  Kind kind;
  Place span;
  std::string spelling;  ///< of a quantity: `1000mbit`; else empty
  friend bool operator==(const Expr& a, const Expr& b) { return a.kind == b.kind; }
};

/// The word if `expr` is a single bare name (`ospf`, `yes`), else null.
const std::string* bare_word(const Expr& expr);

/// What an expression is, for messages: "an integer", "a rate", "a name", "a list", …
std::string_view kind_name(const Expr& expr);

// --- attributes
// -------------------------------------------------------------------------------------------------

/// `name = value`, `name = value at end`, or the flag `name`.
struct Attribute {
  Name name;
  std::optional<Expr> value;  ///< none: a flag
  std::optional<Path> end;    ///< the end of the link that it holds for
  Place span;
  Box<Trivia> trivia;
  friend bool operator==(const Attribute& a, const Attribute& b) {
    return a.name == b.name && a.value == b.value && a.end == b.end;
  }
};

struct AttributeList {
  std::vector<Attribute> items;
  Place span;                        ///< from `[` to `]`; {0, 0} where there is none
  bool lines = false;                ///< written with one attribute a line
  std::vector<std::string> closing;  ///< comments before the `]`
  friend bool operator==(const AttributeList& a, const AttributeList& b) {
    return a.items == b.items;
  }
};

// --- statements
// -------------------------------------------------------------------------------------------------

struct Statement;

struct Block {
  std::vector<Statement> statements;
  Place span;                                              ///< from `{` to `}`
  Box<Trivia> opening;                                     ///< `after`: the comment behind the `{`
  std::vector<std::string> closing;                        ///< comments before the `}`
  friend bool operator==(const Block& a, const Block& b);  // by the statements
};

/// `base NAME [attributes] { … }`
struct BaseDecl {
  Name name;
  AttributeList attributes;
  Block body;
  friend bool operator==(const BaseDecl&, const BaseDecl&) = default;
};

/// `internet NAME on BASE [attributes] { … }`
struct InternetDecl {
  Name name;
  Name base;
  AttributeList attributes;
  Block body;
  friend bool operator==(const InternetDecl&, const InternetDecl&) = default;
};

struct Parameter {
  Name name;
  std::optional<Expr> initial;  ///< the default of `fanout = 2`
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// `part NAME(parameters) { … }`
struct PartDecl {
  Name name;
  std::vector<Parameter> parameters;
  Block body;
  friend bool operator==(const PartDecl&, const PartDecl&) = default;
};

/// A name being declared: `A`, or the array `leaf[4]`.
struct Declarator {
  Name name;
  std::optional<Expr> count;  ///< none: a single one
  Place span;
  friend bool operator==(const Declarator&, const Declarator&) = default;
};

/// `fanout = 3`
struct NamedArgument {
  Name name;  ///< of a parameter
  Expr value;
  friend bool operator==(const NamedArgument&, const NamedArgument&) = default;
};

/// `part t[n] = tree(4, fanout = 3)`: those in order first, then those by name.
struct PartUse {
  Declarator declared;
  Name part;
  std::vector<Expr> arguments;
  std::vector<NamedArgument> named;
  friend bool operator==(const PartUse&, const PartUse&) = default;
};

/// `port up = top`, `port up[] = top`, `port west = p[0]`
struct PortDecl {
  Name name;
  bool many = false;  ///< `[]`: takes any number of links
  Path target;
  friend bool operator==(const PortDecl&, const PortDecl&) = default;
};

/// `= core { port … }` behind a router: the internet that the router is.
struct StandsFor {
  Name internet;
  Block ports;  ///< holds nothing but PortDecls
  friend bool operator==(const StandsFor&, const StandsFor&) = default;
};

enum class NodeKind : uint8_t { kMachine, kHost, kRouter };

/// `machine|host|router A, B[6] at PLACE [attributes]`
struct NodeDecl {
  NodeKind kind = NodeKind::kHost;
  std::vector<Declarator> names;
  std::optional<Expr> at;     ///< a Path or a List
  Box<StandsFor> stands_for;  ///< empty: an ordinary node
  AttributeList attributes;
  friend bool operator==(const NodeDecl&, const NodeDecl&) = default;
};

/// `a -- b -- c [attributes]`, `direct: a -- c`, `a -- b[*]`
struct LinkDecl {
  std::optional<Name> name;  ///< only where there are two ends
  std::vector<Path> ends;    ///< at least two; each neighbouring pair is a link
  AttributeList attributes;
  friend bool operator==(const LinkDecl&, const LinkDecl&) = default;
};

enum class ShapeKind : uint8_t { kChain, kRing, kStar, kMesh };

/// `ring(r) [attributes]`
struct ShapeUse {
  ShapeKind shape = ShapeKind::kChain;
  std::vector<Expr> arguments;  ///< Paths and Lists in correct files
  AttributeList attributes;
  friend bool operator==(const ShapeUse&, const ShapeUse&) = default;
};

/// `let NAME = VALUE`
struct Let {
  Name name;
  Expr value;
  friend bool operator==(const Let&, const Let&) = default;
};

/// `for NAME in OVER { … }`
struct For {
  Name name;
  Expr over;  ///< a Range, a Path of an array, or a List
  Block body;
  friend bool operator==(const For&, const For&) = default;
};

/// `if CONDITION { … }`, and each `else if CONDITION { … }`
struct Branch {
  Expr condition;
  Block body;
  friend bool operator==(const Branch&, const Branch&) = default;
};

struct If {
  std::vector<Branch> branches;    ///< at least one
  std::optional<Block> otherwise;  ///< `else { … }`
  friend bool operator==(const If&, const If&) = default;
};

/// `include "FILE"`
struct Include {
  Expr file;  ///< a Text
  friend bool operator==(const Include&, const Include&) = default;
};

/// `route DESTINATION via NODE in LINK`: reserved for forwarding by the incoming interface (VI
/// §III).
struct Route {
  Expr destination;
  Path via;
  Box<Expr> in;  ///< the link it came in by, a Path or a Text; empty: any
  friend bool operator==(const Route&, const Route&) = default;
};

/// Where each statement may stand (the parser sees to it; `for` and `if` pass their surroundings
/// on):
///   file      base internet part… include let
///   base      machine links shapes let for if
///   internet  host router part uses, links shapes route let for if
///   part      as internet, and port
struct Statement {
  using Kind = std::variant<BaseDecl, InternetDecl, PartDecl, PartUse, PortDecl, NodeDecl, LinkDecl,
                            ShapeUse, Let, For, If, Include, Route>;
  Kind kind;
  Place span;
  Box<Trivia> trivia;
  friend bool operator==(const Statement& a, const Statement& b) { return a.kind == b.kind; }
};

/// A whole file.
struct File {
  std::vector<Statement> statements;
  std::vector<std::string> closing;  ///< comments behind the last statement
  friend bool operator==(const File& a, const File& b) { return a.statements == b.statements; }
};

/// The word of a kind as the language spells it: `machine`, `ring`, `%`.
std::string_view to_string(NodeKind kind);
std::string_view to_string(ShapeKind kind);
std::string_view to_string(BinaryOp op);

}  // namespace vinet::lang
