// The parts of statements: expressions, paths, lists, attributes.
//
// Each takes what it parses, or reports what is wrong, returns nothing and leaves the cursor where
// that is.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lang/ast.h"
#include "lang/cursor.h"

namespace vinet::lang {

/// Any expression but a range. Precedence, loosest first: or, and, not, comparison, + -, * / %,
/// sign.
std::optional<Expr> parse_expr(Cursor& cursor);
/// `a..b`, or any expression.
std::optional<Expr> parse_range_or_expr(Cursor& cursor);
/// `X`, `t.child[0].up`, `b[*]`; `what` says what it would name.
std::optional<Path> parse_path(Cursor& cursor, std::string_view what);
/// Sets the comments in a list aside, for where a list is not printed with one item a line.
void hoist_comments(Cursor& cursor, Expr& expr);
/// The rest of a path whose first name has been taken.
std::optional<Path> parse_path_behind(Cursor& cursor, Name first);
/// `[X, Y]`
std::optional<Expr> parse_list(Cursor& cursor);
/// `A` or `A[n]`
std::optional<Declarator> parse_declarator(Cursor& cursor, std::string_view what);
/// The same, also for a qualified name: `t.child0.leaf`.
std::optional<Declarator> parse_qualified(Cursor& cursor, std::string_view what);
/// `(a, b)`; `what` says what one of them is.
std::optional<std::vector<Expr>> parse_arguments(Cursor& cursor, std::string_view what);
/// `[k = v, flag]` if it follows on this line, else an empty list.
std::optional<AttributeList> parse_attributes(Cursor& cursor);

}  // namespace vinet::lang
