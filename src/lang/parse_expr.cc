#include "lang/parse_expr.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lang/comments.h"
#include "lang/parser.h"

namespace vinet::lang {
namespace {

constexpr int kNegation = 3;
constexpr int kComparison = 4;
constexpr int kSign = 7;

struct OperatorRow {
  std::string_view text;
  BinaryOp op;
  int precedence;
};

constexpr std::array<OperatorRow, 13> kOperators = {{
    {"or", BinaryOp::kOr, 1},
    {"and", BinaryOp::kAnd, 2},
    {"==", BinaryOp::kEqual, kComparison},
    {"!=", BinaryOp::kNotEqual, kComparison},
    {"<", BinaryOp::kLess, kComparison},
    {"<=", BinaryOp::kLessEqual, kComparison},
    {">", BinaryOp::kGreater, kComparison},
    {">=", BinaryOp::kGreaterEqual, kComparison},
    {"+", BinaryOp::kAdd, 5},
    {"-", BinaryOp::kSubtract, 5},
    {"*", BinaryOp::kMultiply, 6},
    {"/", BinaryOp::kDivide, 6},
    {"%", BinaryOp::kModulo, 6},
}};

const OperatorRow* operator_at(const Cursor& cursor) {
  for (const OperatorRow& row : kOperators) {
    if (cursor.continues_with(row.text)) return &row;
  }
  return nullptr;
}

// Parses one outermost expression. Counts its operators, because a row of them nests as brackets
// do.
class ExprParser {
 public:
  explicit ExprParser(Cursor& cursor) : cursor_(cursor) {}

  std::optional<Expr> parse(int precedence = 1) {
    const uint32_t begin = cursor_.begin();
    auto left = parse_unary(precedence);
    while (left) {
      const OperatorRow* row = operator_at(cursor_);
      if (row == nullptr || row->precedence < precedence) break;
      if (row->precedence == kComparison && is_comparison(*left)) {
        cursor_.error(cursor_.token().span, "comparisons do not chain", "write a < b and b < c");
        return std::nullopt;
      }
      if (!count_operator()) return std::nullopt;
      cursor_.take();
      auto right = parse(row->precedence + 1);
      if (!right) return std::nullopt;
      hoist_comments(cursor_, *left);
      hoist_comments(cursor_, *right);
      left =
          Expr{Binary{row->op, std::move(*left), std::move(*right)}, cursor_.place_from(begin), ""};
      bracketed_ = false;
    }
    return left;
  }

  std::optional<Path> parse_path_behind(Name first) {
    const uint32_t begin = first.span.begin;
    Path path;
    path.steps.push_back({std::move(first), {}, false});
    for (;;) {
      if (cursor_.is("[") && !cursor_.token().spaced && !parse_index(path.steps.back()))
        return std::nullopt;
      if (!cursor_.continues_with(".")) break;
      cursor_.take();
      auto name = cursor_.expect_name("a name behind '.'");
      if (!name) return std::nullopt;
      path.steps.push_back({std::move(*name), {}, false});
    }
    path.span = cursor_.place_from(begin);
    return path;
  }

  std::optional<Expr> parse_list() {
    const Nested nested(cursor_);
    const uint32_t begin = cursor_.begin();
    if (!nested || !cursor_.expect("[")) return std::nullopt;
    List list;
    ListComments comments;
    while (!cursor_.is("]")) {
      Box<Trivia> trivia = cursor_.take_lines_above();
      auto item = parse();
      if (!item) return std::nullopt;
      hoist_comments(cursor_, *item);
      cursor_.take_comment_behind(trivia);
      const bool more = cursor_.accept(",");
      cursor_.take_comment_behind(trivia);
      list.items.push_back(std::move(*item));
      comments.items.push_back(trivia ? std::move(*trivia) : Trivia{});
      if (more) continue;
      if (!cursor_.is("]")) {
        cursor_.expected("',' or ']'");
        return std::nullopt;
      }
    }
    comments.closing = cursor_.take_lines();
    cursor_.take();
    if (has_comment(comments)) list.comments = std::move(comments);
    return Expr{std::move(list), cursor_.place_from(begin), ""};
  }

  /// The inside of `name[…]` in a declaration; the `[` is the token.
  std::optional<Expr> parse_count() {
    const Nested nested(cursor_);
    if (!nested) return std::nullopt;
    cursor_.take();
    if (cursor_.is("]")) {
      cursor_.expected("the length of the array");
      return std::nullopt;
    }
    auto count = parse();
    if (!count || !close_index()) return std::nullopt;
    hoist_comments(cursor_, *count);
    return count;
  }

 private:
  bool is_comparison(const Expr& expr) const {
    const auto* binary = std::get_if<Binary>(&expr.kind);
    if (binary == nullptr || bracketed_) return false;
    return binary->op >= BinaryOp::kEqual && binary->op <= BinaryOp::kGreaterEqual;
  }

  bool count_operator() {
    if (++operators_ <= kMaxOperators) return true;
    cursor_.give_up(cursor_.token().span, "this expression is too long: more than " +
                                              std::to_string(kMaxOperators) + " operators");
    return false;
  }

  std::optional<Expr> parse_unary(int precedence) {
    bracketed_ = false;
    const bool negate = cursor_.is("-");
    if (!negate && !cursor_.is("not")) return parse_primary();
    if (!negate && precedence > kNegation) {
      cursor_.expected("a value", "write (not ...) here");
      return std::nullopt;
    }
    const Nested nested(cursor_);
    if (!nested || !count_operator()) return std::nullopt;
    const uint32_t begin = cursor_.begin();
    cursor_.take();
    auto operand = parse(negate ? kSign : kNegation);
    if (!operand) return std::nullopt;
    hoist_comments(cursor_, *operand);
    bracketed_ = false;
    const UnaryOp op = negate ? UnaryOp::kNegate : UnaryOp::kNot;
    return Expr{Unary{op, std::move(*operand)}, cursor_.place_from(begin), ""};
  }

  std::optional<Expr> parse_primary() {
    const Token& token = cursor_.token();
    switch (token.kind) {
      case TokenKind::kInteger:
        return parse_integer();
      case TokenKind::kQuantity: {
        const Token taken = cursor_.take();
        const auto quantity =
            parse_quantity(taken.text);  // the lexer has seen to it that this succeeds
        if (!quantity) return std::nullopt;
        return Expr{std::visit([](auto value) -> Expr::Kind { return value; }, *quantity),
                    {taken.span},
                    std::string(taken.text)};
      }
      case TokenKind::kAddress: {
        const Token taken = cursor_.take();
        return Expr{*net::parse_address(taken.text), {taken.span}, ""};
      }
      case TokenKind::kPrefix: {
        const Token taken = cursor_.take();
        return Expr{*net::parse_prefix(taken.text), {taken.span}, ""};
      }
      case TokenKind::kString: {
        const Token taken = cursor_.take();
        return Expr{Text{unquoted(taken.text)}, {taken.span}, ""};
      }
      default:
        break;
    }
    if (cursor_.is("[")) return parse_list();
    if (cursor_.is("(")) return parse_group();
    if (token.kind == TokenKind::kWord && !is_keyword(token.text)) {
      const Token taken = cursor_.take();
      auto path = parse_path_behind(Name{std::string(taken.text), {taken.span}});
      if (!path) return std::nullopt;
      const Place place = path->span;
      return Expr{std::move(*path), place, ""};
    }
    cursor_.expected("a value", cursor_.is("!")    ? "negation is written 'not'"
                                : cursor_.is("--") ? "a minus before a minus needs a space: - -1"
                                                   : "");
    return std::nullopt;
  }

  std::optional<Expr> parse_integer() {
    const Token taken = cursor_.take();
    Integer integer;
    const char* end = taken.text.data() + taken.text.size();
    if (std::from_chars(taken.text.data(), end, integer.value).ec != std::errc{}) {
      cursor_.error(taken.span, "this integer is too large", "the largest is 9223372036854775807");
      return std::nullopt;
    }
    return Expr{integer, {taken.span}, ""};
  }

  std::optional<Expr> parse_group() {
    const Nested nested(cursor_);
    if (!nested) return std::nullopt;
    cursor_.take();
    auto inner = parse();
    if (!inner || !cursor_.expect(")")) return std::nullopt;
    bracketed_ = true;
    return inner;
  }

  bool parse_index(PathStep& step) {
    const Nested nested(cursor_);
    if (!nested) return false;
    cursor_.take();
    if (cursor_.accept("*")) {
      step.all = true;
    } else if (cursor_.is("]")) {
      cursor_.expected("an index or '*'");
      return false;
    } else {
      auto index = parse();
      if (!index) return false;
      hoist_comments(cursor_, *index);
      step.index = std::move(*index);
    }
    return close_index();
  }

  bool close_index() {
    return cursor_.expect(
        "]", "",
        cursor_.is("=") || cursor_.is(",") ? "attributes need a space before their '['" : "");
  }

  Cursor& cursor_;
  int operators_ = 0;
  bool bracketed_ = false;  // the expression just parsed stood in ( )
};

}  // namespace

void hoist_comments(Cursor& cursor, Expr& expr) {
  auto* list = std::get_if<List>(&expr.kind);
  if (list == nullptr || !list->comments) return;
  for (Trivia& trivia : list->comments->items) {
    cursor.add_stray(std::move(trivia.before));
    cursor.add_stray({std::move(trivia.after)});
  }
  cursor.add_stray(std::move(list->comments->closing));
  list->comments = {};
}

std::optional<Expr> parse_expr(Cursor& cursor) {
  return ExprParser(cursor).parse();
}

std::optional<Expr> parse_range_or_expr(Cursor& cursor) {
  const uint32_t begin = cursor.begin();
  auto first = parse_expr(cursor);
  if (!first || !cursor.continues_with("..")) return first;
  cursor.take();
  auto last = parse_expr(cursor);
  if (!last) return std::nullopt;
  hoist_comments(cursor, *first);
  hoist_comments(cursor, *last);
  return Expr{Range{std::move(*first), std::move(*last)}, cursor.place_from(begin), ""};
}

std::optional<Path> parse_path(Cursor& cursor, std::string_view what) {
  auto name = cursor.expect_name(what);
  if (!name) return std::nullopt;
  return parse_path_behind(cursor, std::move(*name));
}

std::optional<Path> parse_path_behind(Cursor& cursor, Name first) {
  return ExprParser(cursor).parse_path_behind(std::move(first));
}

std::optional<Expr> parse_list(Cursor& cursor) {
  return ExprParser(cursor).parse_list();
}

namespace {

std::optional<Declarator> parse_declared(Cursor& cursor, std::string_view what, bool qualified) {
  auto name = cursor.expect_name(what);
  if (!name) return std::nullopt;
  Declarator declarator;
  const uint32_t begin = name->span.begin;
  declarator.name = std::move(*name);
  while (qualified && cursor.continues_with(".")) {
    cursor.take();
    name = cursor.expect_name("a name behind '.'");
    if (!name) return std::nullopt;
    declarator.name.text += "." + name->text;
    declarator.name.span = cursor.place_from(begin);
  }
  if (cursor.is("[") && !cursor.token().spaced) {
    declarator.count = ExprParser(cursor).parse_count();
    if (!declarator.count) return std::nullopt;
  }
  declarator.span = cursor.place_from(begin);
  return declarator;
}

}  // namespace

std::optional<Declarator> parse_declarator(Cursor& cursor, std::string_view what) {
  return parse_declared(cursor, what, false);
}

std::optional<Declarator> parse_qualified(Cursor& cursor, std::string_view what) {
  return parse_declared(cursor, what, true);
}

std::optional<std::vector<Expr>> parse_arguments(Cursor& cursor, std::string_view what) {
  std::vector<Expr> arguments;
  if (!cursor.expect("(", what)) return std::nullopt;
  while (!cursor.is(")")) {
    auto argument = parse_expr(cursor);
    if (!argument) return std::nullopt;
    hoist_comments(cursor, *argument);
    arguments.push_back(std::move(*argument));
    if (cursor.accept(",")) continue;
    if (!cursor.is(")")) {
      cursor.expected("',' or ')'");
      return std::nullopt;
    }
  }
  cursor.take();
  return arguments;
}

}  // namespace vinet::lang
