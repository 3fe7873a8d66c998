// Recursive descent over statements. An error ends a statement, not the file: `recover` goes on at
// the next line, and reads a block that the broken statement opens, so that what stands in it is
// checked too.
#include "lang/parser.h"

#include <algorithm>
#include <utility>

#include "lang/cursor.h"
#include "lang/openings.h"
#include "lang/parse_expr.h"
#include "lang/parse_statement.h"
#include "lang/room.h"

namespace vinet::lang {
namespace {

class Parser {
 public:
  Parser(const Source& source, const Allowance& allowance, Diagnostics& diagnostics)
      : cursor_(source.text, diagnostics, allowance.first, allowance.tokens) {}

  File parse_file() {
    File file;
    parse_statements(Room::kFile, file.statements, file.closing);
    return file;
  }

  bool failed() const { return cursor_.failed(); }
  size_t read() const { return cursor_.read(); }

 private:
  using Parsed = std::optional<Statement::Kind>;

  // --- rows of statements ---

  void parse_statements(Room room, std::vector<Statement>& statements,
                        std::vector<std::string>& closing) {
    std::vector<std::string> above;
    for (;;) {
      append(above, cursor_.take_lines());
      if (cursor_.accept(";")) continue;
      if (cursor_.is("}") && room == Room::kFile && depth_ == 0) {
        cursor_.error(cursor_.token().span, "this '}' closes nothing");
        cursor_.take();
        continue;
      }
      if (cursor_.at_end() || cursor_.is("}")) break;
      Statement statement;
      if (!above.empty()) statement.trivia = Trivia{std::exchange(above, {}), "", 0};
      if (parse_statement(room, statement)) statements.push_back(std::move(statement));
    }
    closing = std::move(above);
  }

  bool parse_statement(Room room, Statement& statement) {
    std::vector<std::string> outer_stray = cursor_.take_stray();
    const uint32_t begin = cursor_.begin();
    const size_t taken = cursor_.taken();
    const Room inner = room_opened_here(room);
    auto kind = parse_kind(room);
    if (kind && !at_statement_end()) {
      cursor_.expected("the end of the statement", note_on_rest());
      kind.reset();
    }
    if (kind) {
      statement.kind = std::move(*kind);
      statement.span = cursor_.place_from(begin);
      cursor_.take_comment_behind(statement.trivia);
      if (cursor_.is(";")) {
        cursor_.take();
        cursor_.take_comment_behind(statement.trivia);
      }
    } else {
      recover(inner, taken);
    }
    if (auto stray = cursor_.take_stray(); !stray.empty()) {
      if (!statement.trivia) statement.trivia = Trivia{};
      append(statement.trivia->before, std::move(stray));
    }
    cursor_.put_back_stray(std::move(outer_stray));
    return kind.has_value();
  }

  bool at_statement_end() const {
    return cursor_.token().new_line || cursor_.at_end() || cursor_.is(";") || cursor_.is("}");
  }

  std::string note_on_rest() const {
    if (cursor_.is("[")) return "an index has no space before its '[', attributes come last";
    if (cursor_.is("=")) return "equality is '=='; an attribute stands in [ ]";
    if (cursor_.is("at")) return "'at' comes before the attributes";
    return "one statement a line, or ';' between them";
  }

  void recover(Room inner, size_t taken_before) {
    if (cursor_.taken() == taken_before && !cursor_.is("{")) cursor_.take();
    while (!cursor_.at_end() && !cursor_.is("}")) {
      if (cursor_.is("{")) {
        cursor_.forget_brackets();
        parse_block(inner);
        continue;
      }
      const bool new_statement =
          cursor_.token().new_line && find_opening(cursor_.token().text) != nullptr;
      if (new_statement) cursor_.forget_brackets();
      if (!cursor_.in_brackets() && at_statement_end()) return;
      cursor_.take();
    }
    cursor_.forget_brackets();
  }

  std::optional<Block> parse_block(Room room) {
    const Nested nested(cursor_);
    if (!nested) return std::nullopt;
    const Span open = cursor_.token().span;
    if (!cursor_.expect("{", "", cursor_.is("=") ? "equality is '=='" : "")) return std::nullopt;
    Block block;
    cursor_.take_comment_behind(block.opening);
    ++depth_;
    parse_statements(room, block.statements, block.closing);
    --depth_;
    if (!cursor_.is("}")) {
      if (!unclosed_reported_)
        cursor_.error(open, "this '{' is never closed", "expected '}' before the end of the file");
      unclosed_reported_ = true;
      return std::nullopt;
    }
    cursor_.take();
    block.span = cursor_.place_from(open.begin);
    return block;
  }

  static void append(std::vector<std::string>& lines, std::vector<std::string> more) {
    lines.insert(lines.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }

  // --- one statement ---

  Room room_opened_here(Room room) const {
    if (cursor_.is("base")) return Room::kBase;
    if (cursor_.is("internet")) return Room::kInternet;
    if (cursor_.is("part") && room == Room::kFile) return Room::kPart;
    if (cursor_.is("router")) return Room::kPorts;
    return room;
  }

  Parsed parse_kind(Room room) {
    const Token& token = cursor_.token();
    if (token.kind != TokenKind::kWord) {
      if (token.kind == TokenKind::kBad) return std::nullopt;
      cursor_.error(
          token.span, "expected a statement, found '" + std::string(token.text.substr(0, 40)) + "'",
          cursor_.is("{") ? "a block stands behind base, internet, part, for, if or else" : "");
      return std::nullopt;
    }
    if (const Opening* found = find_opening(token.text)) {
      if ((found->rooms & bit(room)) != 0) return parse_opened(found->opens, room);
      const bool top_only = found->rooms == kInFile && depth_ > 0;
      cursor_.error(
          token.span,
          "'" + std::string(token.text) + "' does not belong " + std::string(describe(room)),
          std::string(found->belongs) + (top_only ? "; is a '}' missing above?" : ""));
      return std::nullopt;
    }
    if (cursor_.is("else")) {
      cursor_.error(token.span, "'else' without 'if' before it");
      return std::nullopt;
    }
    return parse_link_or_shape(room);
  }

  Parsed parse_opened(Opens opens, Room room) {
    switch (opens) {
      case Opens::kBase:
        return parse_base();
      case Opens::kInternet:
        return parse_internet();
      case Opens::kInclude:
        return as_kind(parse_include(cursor_));
      case Opens::kPart:
        return parse_part(room);
      case Opens::kLet:
        return as_kind(parse_let(cursor_));
      case Opens::kFor:
        return parse_for(room);
      case Opens::kIf:
        return parse_if(room);
      case Opens::kNodes:
        return parse_nodes();
      case Opens::kPort:
        return as_kind(parse_port(cursor_));
      case Opens::kRoute:
        return as_kind(parse_route(cursor_));
    }
    return std::nullopt;
  }

  Parsed parse_base() {
    cursor_.take();
    BaseDecl base;
    if (!take_name(base.name, "the name of the base")) return std::nullopt;
    return with_attributes_and_body(std::move(base), Room::kBase);
  }

  Parsed parse_internet() {
    cursor_.take();
    InternetDecl internet;
    if (!take_name(internet.name, "the name of the internet")) return std::nullopt;
    if (!cursor_.expect("on", " and the base it is deployed on")) return std::nullopt;
    if (!take_name(internet.base, "the name of a base or internet")) return std::nullopt;
    return with_attributes_and_body(std::move(internet), Room::kInternet);
  }

  Parsed parse_part(Room room) {
    cursor_.take();
    auto declared = parse_declarator(cursor_, "the name of the part");
    if (!declared) return std::nullopt;
    if (room == Room::kFile) return parse_part_declaration(std::move(*declared));
    if (cursor_.is("(")) {
      cursor_.error(cursor_.token().span, "a part is described at the top of a file",
                    "to use one write: part t = tree(...)");
      return std::nullopt;
    }
    return as_kind(parse_part_use(cursor_, std::move(*declared)));
  }

  Parsed parse_part_declaration(Declarator declared) {
    if (declared.count || cursor_.is("=")) {
      cursor_.error(declared.span, "a part is used in an internet or another part",
                    "at the top of a file it is described: part tree(depth) { ... }");
      return std::nullopt;
    }
    PartDecl part;
    part.name = std::move(declared.name);
    auto parameters = parse_parameters(cursor_);
    if (!parameters) return std::nullopt;
    part.parameters = std::move(*parameters);
    auto body = parse_block(Room::kPart);
    if (!body) return std::nullopt;
    part.body = std::move(*body);
    return part;
  }

  Parsed parse_nodes() {
    auto head = parse_node_head(cursor_);
    if (!head) return std::nullopt;
    NodeDecl nodes = std::move(*head);
    if (!cursor_.continues_with("=")) return nodes;
    if (nodes.kind != NodeKind::kRouter) {
      cursor_.error(cursor_.token().span,
                    "a " + std::string(to_string(nodes.kind)) + " cannot stand for an internet",
                    "only a router can: router R = core { ... }");
      return std::nullopt;
    }
    cursor_.take();
    StandsFor stands_for;
    if (!take_name(stands_for.internet, "the name of the internet that the router is"))
      return std::nullopt;
    auto ports = parse_block(Room::kPorts);
    if (!ports) return std::nullopt;
    stands_for.ports = std::move(*ports);
    nodes.stands_for = std::move(stands_for);
    return nodes;
  }

  Parsed parse_for(Room room) {
    cursor_.take();
    For loop;
    if (!take_name(loop.name, "a name for the values of the loop")) return std::nullopt;
    if (!cursor_.expect("in", " and what the loop runs over")) return std::nullopt;
    auto over = parse_range_or_expr(cursor_);
    if (!over) return std::nullopt;
    loop.over = std::move(*over);
    auto body = parse_block(room);
    if (!body) return std::nullopt;
    loop.body = std::move(*body);
    return loop;
  }

  Parsed parse_if(Room room) {
    If decision;
    for (;;) {
      cursor_.take();  // `if`
      Branch branch;
      auto condition = parse_expr(cursor_);
      if (!condition) return std::nullopt;
      hoist_comments(cursor_, *condition);
      branch.condition = std::move(*condition);
      auto body = parse_block(room);
      if (!body) return std::nullopt;
      branch.body = std::move(*body);
      decision.branches.push_back(std::move(branch));
      if (!cursor_.is("else")) return decision;
      append(decision.branches.back().body.closing, cursor_.take_lines());
      cursor_.take();
      if (cursor_.continues_with("if")) continue;
      auto otherwise = parse_block(room);
      if (!otherwise) return std::nullopt;
      decision.otherwise = std::move(*otherwise);
      return decision;
    }
  }

  Parsed parse_link_or_shape(Room room) {
    auto first = cursor_.expect_name("a statement");
    if (!first) return std::nullopt;
    if ((bit(room) & (kInBase | kInside)) == 0) {
      std::string note = near_opening(first->text, room);
      if (note.empty() || cursor_.token().kind != TokenKind::kWord) {
        note = cursor_.is("=") ? "a value is named by: let x = 3"
                               : "links and shapes belong in a base, an internet or a part";
      }
      cursor_.error(first->span, "expected a statement, found '" + first->text + "'",
                    std::move(note));
      return std::nullopt;
    }
    if (cursor_.continues_with("(")) return as_kind(parse_shape(cursor_, *first));
    if (cursor_.token().kind == TokenKind::kWord && !cursor_.token().new_line) {
      if (const std::string near = near_opening(first->text, room); !near.empty()) {
        cursor_.error(first->span, "unknown statement '" + first->text + "'", near);
        return std::nullopt;
      }
    }
    return as_kind(parse_link(cursor_, std::move(*first)));
  }

  // --- pieces ---

  bool take_name(Name& name, std::string_view what) { return lang::take_name(cursor_, name, what); }

  template <typename Node>
  static Parsed as_kind(std::optional<Node> node) {
    return node ? Parsed(std::move(*node)) : std::nullopt;
  }

  template <typename Decl>
  Parsed with_attributes_and_body(Decl decl, Room room) {
    auto attributes = parse_attributes(cursor_);
    if (!attributes) return std::nullopt;
    decl.attributes = std::move(*attributes);
    auto body = parse_block(room);
    if (!body) return std::nullopt;
    decl.body = std::move(*body);
    return decl;
  }

  Cursor cursor_;
  int depth_ = 0;
  bool unclosed_reported_ = false;
};

}  // namespace

std::optional<File> parse(const Source& source, Diagnostics& diagnostics) {
  Allowance allowance;
  return parse(source, allowance, diagnostics);
}

std::optional<File> parse(const Source& source, Allowance& allowance, Diagnostics& diagnostics) {
  if (source.text.size() > kMaxFileBytes) {
    diagnostics.error({allowance.first, allowance.first},
                      "this file has " + std::to_string(source.text.size()) +
                          " bytes, the most that is read is " + std::to_string(kMaxFileBytes));
    return std::nullopt;
  }
  Parser parser(source, allowance, diagnostics);
  File file = parser.parse_file();
  allowance.tokens -= std::min(allowance.tokens, parser.read());
  if (parser.failed()) return std::nullopt;
  return file;
}

}  // namespace vinet::lang
