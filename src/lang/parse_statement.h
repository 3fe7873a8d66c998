// The statements that hold no block. As in parse_expr.h: each takes what it parses, or reports and
// returns nothing.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lang/ast.h"
#include "lang/cursor.h"

namespace vinet::lang {

bool take_name(Cursor& cursor, Name& name, std::string_view what);

// The token is the statement's first word.
std::optional<PortDecl> parse_port(Cursor& cursor);
std::optional<Let> parse_let(Cursor& cursor);
std::optional<Include> parse_include(Cursor& cursor);
std::optional<Route> parse_route(Cursor& cursor);
/// `machine|host|router A, B at X [attributes]`, without what a router may stand for.
std::optional<NodeDecl> parse_node_head(Cursor& cursor);

// What the statement starts with has been taken.
std::optional<std::vector<Parameter>> parse_parameters(Cursor& cursor);
std::optional<PartUse> parse_part_use(Cursor& cursor, Declarator declared);
std::optional<LinkDecl> parse_link(Cursor& cursor, Name first);
std::optional<ShapeUse> parse_shape(Cursor& cursor, const Name& name);

}  // namespace vinet::lang
