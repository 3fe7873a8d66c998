// The members of the Ast's nodes, by name: one list for both directions of ast_json.
//
// `visit` is called as visit("name", node.member) for each; where a member is missing in JSON it is
// as in a fresh node, except that names, expressions, paths and blocks must be there.
#pragma once

#include "lang/ast.h"

namespace vinet::lang {

template <typename Visit>
void fields(Trivia& node, Visit& visit) {
  visit("before", node.before);
  visit("after", node.after);
  visit("after_column", node.after_column);
}

template <typename Visit>
void fields(ListComments& node, Visit& visit) {
  visit("items", node.items);
  visit("closing", node.closing);
}

template <typename Visit>
void fields(PathStep& node, Visit& visit) {
  visit("name", node.name);
  visit("index", node.index);
  visit("all", node.all);
}

template <typename Visit>
void fields(Attribute& node, Visit& visit) {
  visit("name", node.name);
  visit("value", node.value);
  visit("end", node.end);
  visit("trivia", node.trivia);
}

template <typename Visit>
void fields(AttributeList& node, Visit& visit) {
  visit("items", node.items);
  visit("lines", node.lines);
  visit("closing", node.closing);
}

template <typename Visit>
void fields(Block& node, Visit& visit) {
  visit("opening", node.opening);
  visit("statements", node.statements);
  visit("closing", node.closing);
}

template <typename Visit>
void fields(BaseDecl& node, Visit& visit) {
  visit("name", node.name);
  visit("attributes", node.attributes);
  visit("body", node.body);
}

template <typename Visit>
void fields(InternetDecl& node, Visit& visit) {
  visit("name", node.name);
  visit("on", node.base);
  visit("attributes", node.attributes);
  visit("body", node.body);
}

template <typename Visit>
void fields(Parameter& node, Visit& visit) {
  visit("name", node.name);
  visit("default", node.initial);
}

template <typename Visit>
void fields(PartDecl& node, Visit& visit) {
  visit("name", node.name);
  visit("parameters", node.parameters);
  visit("body", node.body);
}

template <typename Visit>
void fields(Declarator& node, Visit& visit) {
  visit("name", node.name);
  visit("count", node.count);
}

template <typename Visit>
void fields(NamedArgument& node, Visit& visit) {
  visit("name", node.name);
  visit("value", node.value);
}

template <typename Visit>
void fields(PartUse& node, Visit& visit) {
  visit("declared", node.declared);
  visit("part", node.part);
  visit("arguments", node.arguments);
  visit("named", node.named);
}

template <typename Visit>
void fields(PortDecl& node, Visit& visit) {
  visit("name", node.name);
  visit("many", node.many);
  visit("target", node.target);
}

template <typename Visit>
void fields(StandsFor& node, Visit& visit) {
  visit("internet", node.internet);
  visit("ports", node.ports);
}

template <typename Visit>
void fields(NodeDecl& node, Visit& visit) {
  visit("names", node.names);
  visit("at", node.at);
  visit("stands_for", node.stands_for);
  visit("attributes", node.attributes);
}

template <typename Visit>
void fields(LinkDecl& node, Visit& visit) {
  visit("name", node.name);
  visit("ends", node.ends);
  visit("attributes", node.attributes);
}

template <typename Visit>
void fields(ShapeUse& node, Visit& visit) {
  visit("arguments", node.arguments);
  visit("attributes", node.attributes);
}

template <typename Visit>
void fields(Let& node, Visit& visit) {
  visit("name", node.name);
  visit("value", node.value);
}

template <typename Visit>
void fields(For& node, Visit& visit) {
  visit("name", node.name);
  visit("over", node.over);
  visit("body", node.body);
}

template <typename Visit>
void fields(Branch& node, Visit& visit) {
  visit("condition", node.condition);
  visit("body", node.body);
}

template <typename Visit>
void fields(If& node, Visit& visit) {
  visit("branches", node.branches);
  visit("otherwise", node.otherwise);
}

template <typename Visit>
void fields(Include& node, Visit& visit) {
  visit("file", node.file);
}

template <typename Visit>
void fields(Route& node, Visit& visit) {
  visit("destination", node.destination);
  visit("via", node.via);
  visit("in", node.in);
}

template <typename Visit>
void fields(Unary& node, Visit& visit) {
  visit("operand", node.operand);
}

template <typename Visit>
void fields(Binary& node, Visit& visit) {
  visit("left", node.left);
  visit("right", node.right);
}

template <typename Visit>
void fields(Range& node, Visit& visit) {
  visit("first", node.first);
  visit("last", node.last);
}

template <typename Visit>
void fields(List& node, Visit& visit) {
  visit("list", node.items);
  visit("comments", node.comments);
}

template <typename Visit>
void fields(File& node, Visit& visit) {
  visit("statements", node.statements);
  visit("closing", node.closing);
}

}  // namespace vinet::lang
