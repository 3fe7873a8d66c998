#include "lang/parse_statement.h"

#include <algorithm>
#include <utility>

#include "lang/parse_expr.h"

namespace vinet::lang {
namespace {

std::optional<Expr> parse_place(Cursor& cursor) {
  if (cursor.is("[")) return parse_list(cursor);
  auto path = parse_path(cursor, "a place, or a list of places in [ ]");
  if (!path) return std::nullopt;
  const Place place = path->span;
  return Expr{std::move(*path), place, ""};
}

}  // namespace

bool take_name(Cursor& cursor, Name& name, std::string_view what) {
  auto taken = cursor.expect_name(what);
  if (taken) name = std::move(*taken);
  return taken.has_value();
}

std::optional<NodeDecl> parse_node_head(Cursor& cursor) {
  const std::string kind(cursor.take().text);
  NodeDecl nodes;
  nodes.kind = kind == "machine" ? NodeKind::kMachine
               : kind == "host"  ? NodeKind::kHost
                                 : NodeKind::kRouter;
  do {
    const std::string what = "the name of a " + kind;
    auto declared = nodes.kind == NodeKind::kMachine ? parse_declarator(cursor, what)
                                                     : parse_qualified(cursor, what);
    if (!declared) return std::nullopt;
    nodes.names.push_back(std::move(*declared));
  } while (cursor.continues_with(",") && cursor.accept(","));
  if (cursor.continues_with("at")) {
    cursor.take();
    nodes.at = parse_place(cursor);
    if (!nodes.at) return std::nullopt;
  }
  auto attributes = parse_attributes(cursor);
  if (!attributes) return std::nullopt;
  nodes.attributes = std::move(*attributes);
  return nodes;
}

std::optional<PortDecl> parse_port(Cursor& cursor) {
  cursor.take();
  PortDecl port;
  if (!take_name(cursor, port.name, "the name of the port")) return std::nullopt;
  if (cursor.accept("[")) {
    if (!cursor.expect("]", "", "a port is one, or any number: port up[] = top"))
      return std::nullopt;
    port.many = true;
  }
  if (!cursor.expect("=", " and the node that the port belongs to")) return std::nullopt;
  auto target = parse_path(cursor, "the name of a node");
  if (!target) return std::nullopt;
  port.target = std::move(*target);
  return port;
}

std::optional<Let> parse_let(Cursor& cursor) {
  cursor.take();
  Let let;
  if (!take_name(cursor, let.name, "a name for the value") || !cursor.expect("=", " and the value"))
    return std::nullopt;
  auto value = parse_expr(cursor);
  if (!value) return std::nullopt;
  let.value = std::move(*value);
  return let;
}

std::optional<Include> parse_include(Cursor& cursor) {
  cursor.take();
  if (cursor.token().kind != TokenKind::kString) {
    cursor.expected("the name of a file in quotes");
    return std::nullopt;
  }
  const Token file = cursor.take();
  return Include{Expr{Text{unquoted(file.text)}, {file.span}, ""}};
}

std::optional<Route> parse_route(Cursor& cursor) {
  cursor.take();
  Route route;
  auto destination = parse_expr(cursor);
  if (!destination || !cursor.expect("via", " and the next node")) return std::nullopt;
  hoist_comments(cursor, *destination);
  route.destination = std::move(*destination);
  auto via = parse_path(cursor, "the name of the next node");
  if (!via) return std::nullopt;
  route.via = std::move(*via);
  if (cursor.continues_with("in")) {
    cursor.take();
    auto in = parse_expr(cursor);
    if (!in) return std::nullopt;
    hoist_comments(cursor, *in);
    route.in = std::move(*in);
  }
  return route;
}

std::optional<std::vector<Parameter>> parse_parameters(Cursor& cursor) {
  std::vector<Parameter> parameters;
  if (!cursor.expect("(", " and the parameters of the part")) return std::nullopt;
  while (!cursor.is(")")) {
    Parameter parameter;
    if (!take_name(cursor, parameter.name, "the name of a parameter")) return std::nullopt;
    if (cursor.accept("=")) {
      parameter.initial = parse_expr(cursor);
      if (!parameter.initial) return std::nullopt;
      hoist_comments(cursor, *parameter.initial);
    }
    parameters.push_back(std::move(parameter));
    if (cursor.accept(",")) continue;
    if (!cursor.is(")")) {
      cursor.expected("',' or ')'");
      return std::nullopt;
    }
  }
  cursor.take();
  return parameters;
}

namespace {

/// `4` or `fanout = 4`, into the use.
bool parse_argument(Cursor& cursor, PartUse& use) {
  auto value = parse_expr(cursor);
  if (!value) return false;
  hoist_comments(cursor, *value);
  if (!cursor.is("=")) {
    if (!use.named.empty()) {
      cursor.error(value->span, "an argument without a name stands behind one with a name",
                   "arguments in order come first, then those by name: tree(4, fanout = 3)");
      return false;
    }
    use.arguments.push_back(std::move(*value));
    return true;
  }
  const std::string* word = bare_word(*value);
  if (word == nullptr) {
    cursor.error(value->span, "before '=' stands the name of a parameter",
                 "two values are compared with '=='");
    return false;
  }
  NamedArgument argument;
  argument.name = {*word, value->span};
  cursor.take();
  value = parse_expr(cursor);
  if (!value) return false;
  hoist_comments(cursor, *value);
  argument.value = std::move(*value);
  use.named.push_back(std::move(argument));
  return true;
}

}  // namespace

std::optional<PartUse> parse_part_use(Cursor& cursor, Declarator declared) {
  PartUse use;
  use.declared = std::move(declared);
  if (!cursor.expect("=", " and what part it is")) return std::nullopt;
  if (!take_name(cursor, use.part, "the name of a part")) return std::nullopt;
  if (!cursor.expect("(", " and the arguments of the part")) return std::nullopt;
  while (!cursor.is(")")) {
    if (!parse_argument(cursor, use)) return std::nullopt;
    if (cursor.accept(",")) continue;
    if (!cursor.is(")")) {
      cursor.expected("',' or ')'");
      return std::nullopt;
    }
  }
  cursor.take();
  return use;
}

namespace {

// Could the path be the name of something: `direct`, `t.direct`?
bool is_name(const Path& path) {
  return std::all_of(path.steps.begin(), path.steps.end(),
                     [](const PathStep& step) { return !step.index && !step.all; });
}

std::string qualified(const Path& path) {
  std::string text;
  for (const PathStep& step : path.steps) text += (text.empty() ? "" : ".") + step.name.text;
  return text;
}

}  // namespace

std::optional<LinkDecl> parse_link(Cursor& cursor, Name first) {
  LinkDecl link;
  auto end = parse_path_behind(cursor, std::move(first));
  if (!end) return std::nullopt;
  if (cursor.continues_with(":") && is_name(*end)) {
    cursor.take();
    link.name = Name{qualified(*end), end->span};
    end = parse_path(cursor, "one end of the link");
    if (!end) return std::nullopt;
  }
  if (!cursor.is("--")) {
    cursor.expected("'--' and the other end of a link",
                    cursor.is("-") || cursor.is("<") ? "a link is written with two dashes: a -- b"
                    : cursor.is("=")                 ? "a value is named by: let x = 3"
                                                     : "");
    return std::nullopt;
  }
  link.ends.push_back(std::move(*end));
  while (cursor.accept("--")) {
    end = parse_path(cursor, "the other end of the link");
    if (!end) return std::nullopt;
    link.ends.push_back(std::move(*end));
  }
  if (link.name && link.ends.size() > 2) {
    cursor.error(link.name->span, "one name for " + std::to_string(link.ends.size() - 1) + " links",
                 "name each link on a line of its own");
    return std::nullopt;
  }
  auto attributes = parse_attributes(cursor);
  if (!attributes) return std::nullopt;
  link.attributes = std::move(*attributes);
  return link;
}

std::optional<ShapeUse> parse_shape(Cursor& cursor, const Name& name) {
  static const std::vector<std::string> shapes = {"chain", "ring", "star", "mesh"};
  const auto shape = std::find(shapes.begin(), shapes.end(), name.text);
  if (shape == shapes.end()) {
    const std::string near = nearest(name.text, shapes);
    cursor.error(
        name.span, "unknown shape '" + name.text + "'",
        near.empty() ? "shapes are chain, ring, star, mesh" : "did you mean '" + near + "'?");
    return std::nullopt;
  }
  ShapeUse use;
  use.shape = static_cast<ShapeKind>(shape - shapes.begin());
  auto arguments = parse_arguments(cursor, "");
  if (!arguments) return std::nullopt;
  if (arguments->empty()) {
    cursor.error(name.span, "a " + name.text + " of nothing",
                 "name its nodes: " + name.text + "(r)");
    return std::nullopt;
  }
  use.arguments = std::move(*arguments);
  auto attributes = parse_attributes(cursor);
  if (!attributes) return std::nullopt;
  use.attributes = std::move(*attributes);
  return use;
}

}  // namespace vinet::lang
