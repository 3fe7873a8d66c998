// Attributes: `[mtu = 1400, transit, address = 10.0.0.1 at user]`, on one line or one a line.
#include <utility>

#include "lang/comments.h"
#include "lang/formatter.h"
#include "lang/parse_expr.h"

namespace vinet::lang {
namespace {

std::string note_behind_attribute(const Cursor& cursor, const Attribute& attribute) {
  if (cursor.is(":")) return "an attribute is written name = value";
  const bool number = attribute.value && std::holds_alternative<Integer>(attribute.value->kind);
  const std::string unit(cursor.token().text);
  if (number && is_unit(unit))
    return "a unit stands right behind its number: " + format(*attribute.value) + unit;
  return "";
}

std::optional<Attribute> parse_attribute(Cursor& cursor) {
  Attribute attribute;
  attribute.trivia = cursor.take_lines_above();
  const uint32_t begin = cursor.begin();
  if (cursor.token().kind != TokenKind::kWord) {
    const bool number = cursor.token().kind == TokenKind::kInteger;
    cursor.expected("the name of an attribute",
                    number ? "an index has no space before its '[': m[2]" : "");
    return std::nullopt;
  }
  const Token name = cursor.take();
  attribute.name = {std::string(name.text), {name.span}};
  if (cursor.accept("=")) {
    if (cursor.is("on")) {  // a keyword elsewhere, but what else would one write behind `ipv6 =`
      const Token on = cursor.take();
      attribute.value = Expr{Path{{{{"on", {on.span}}, {}, false}}, {on.span}}, {on.span}, ""};
    } else {
      attribute.value = parse_expr(cursor);
    }
    if (!attribute.value) return std::nullopt;
    if (cursor.accept("at")) {
      attribute.end = parse_path(cursor, "the end of the link that this holds for");
      if (!attribute.end) return std::nullopt;
    }
  }
  attribute.span = cursor.place_from(begin);
  cursor.take_comment_behind(attribute.trivia);
  return attribute;
}

}  // namespace

std::optional<AttributeList> parse_attributes(Cursor& cursor) {
  AttributeList list;
  if (!cursor.continues_with("[")) return list;
  const uint32_t begin = cursor.begin();
  cursor.take();
  list.lines = cursor.token().new_line;
  while (!cursor.is("]")) {
    auto attribute = parse_attribute(cursor);
    if (!attribute) return std::nullopt;
    const bool more = cursor.accept(",");
    cursor.take_comment_behind(attribute->trivia);
    list.lines = list.lines || (attribute->trivia && has_comment(*attribute->trivia));
    list.items.push_back(std::move(*attribute));
    if (more) continue;
    if (!cursor.is("]")) {
      cursor.expected("',' or ']'", note_behind_attribute(cursor, list.items.back()));
      return std::nullopt;
    }
  }
  list.closing = cursor.take_lines();
  list.lines = list.lines || has_comment(list.closing);
  cursor.take();
  list.span = cursor.place_from(begin);
  return list;
}

}  // namespace vinet::lang
