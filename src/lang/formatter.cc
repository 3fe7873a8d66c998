// The canonical form: two spaces a level, one statement a line, lines up to 100 columns.
//
// Statements are written as lines without their trailing comments, which are put in place at the
// end, when the lines around are known. What the author decides: blank lines (one at most), whether
// attributes stand one a line, and the column of trailing comments, if a row of them agrees on one.
// All else follows from the Ast, so formatting the result again changes nothing.
#include "lang/formatter.h"

#include <algorithm>
#include <utility>

#include "lang/comments.h"
#include "lang/format_expr.h"
#include "lang/line_writer.h"
#include "support/utf8.h"

namespace vinet::lang {
namespace {

constexpr size_t kIndent = 2;

class Formatter : private LineWriter {
 public:
  std::string format(const File& file) {
    statements(file.statements, file.closing);
    return finish();
  }

 private:
  // --- statements ---

  void statements(const std::vector<Statement>& list, const std::vector<std::string>& closing) {
    const size_t outer_begin = std::exchange(block_begin_, line_count());
    const std::vector<size_t> columns = link_columns(list);
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].trivia) comment_lines(list[i].trivia->before);
      attribute_column_ = columns[i];
      std::visit([&](const auto& statement) { write(statement); }, list[i].kind);
      end_line(list[i].trivia);
    }
    closing_lines(closing);
    block_begin_ = outer_begin;
  }

  void block(const Block& block) {
    if (block.statements.empty() && !block.opening && !has_comment(block.closing)) {
      text_ += " {}";
      return;
    }
    text_ += " {";
    end_line(block.opening);
    indent_ += kIndent;
    statements(block.statements, block.closing);
    indent_ -= kIndent;
    text_ = "}";
  }

  void write(const BaseDecl& base) {
    text_ = "base " + base.name.text;
    attributes(base.attributes, " {");
    block(base.body);
  }

  void write(const InternetDecl& internet) {
    text_ = "internet " + internet.name.text + " on " + internet.base.text;
    attributes(internet.attributes, " {");
    block(internet.body);
  }

  void write(const PartDecl& part) {
    text_ = "part " + part.name.text + "(";
    for (const Parameter& parameter : part.parameters) {
      if (&parameter != &part.parameters.front()) text_ += std::string(",") + kSoftBreak;
      text_ += parameter.name.text;
      if (parameter.initial) text_ += " = " + flat(*parameter.initial);
    }
    text_ += ")";
    block(part.body);
  }

  void write(const PartUse& use) {
    text_ = "part " + declarator(use.declared) + " = " + use.part.text + "(" + flat(use.arguments);
    bool first = use.arguments.empty();
    for (const NamedArgument& argument : use.named) {
      if (!first) text_ += std::string(",") + kSoftBreak;
      text_ += argument.name.text + " = " + flat(argument.value);
      first = false;
    }
    text_ += ")";
  }

  void write(const PortDecl& port) {
    text_ = "port " + port.name.text + (port.many ? "[]" : "") + " = " + flat(port.target);
  }

  void write(const NodeDecl& nodes) {
    text_ = std::string(to_string(nodes.kind)) + " ";
    for (const Declarator& declared : nodes.names) {
      if (&declared != &nodes.names.front()) text_ += std::string(",") + kSoftBreak;
      text_ += declarator(declared);
    }
    if (nodes.at) {
      text_ += " at ";
      value(*nodes.at);
    }
    const std::string stands_for = nodes.stands_for ? " = " + nodes.stands_for->internet.text : "";
    attributes(nodes.attributes, stands_for + (nodes.stands_for ? " {" : ""));
    text_ += stands_for;
    if (nodes.stands_for) block(nodes.stands_for->ports);
  }

  void write(const LinkDecl& link) {
    text_ = link_head(link);
    attributes(link.attributes, "");
  }

  void write(const ShapeUse& use) {
    text_ = std::string(to_string(use.shape)) + "(" + flat(use.arguments) + ")";
    attributes(use.attributes, "");
  }

  void write(const Let& let) {
    text_ = "let " + let.name.text + " = ";
    value(let.value);
  }

  void write(const For& loop) {
    text_ = "for " + loop.name.text + " in ";
    value(loop.over);
    block(loop.body);
  }

  void write(const If& decision) {
    for (const Branch& branch : decision.branches) {
      const bool first = &branch == &decision.branches.front();
      text_ = (first ? "if " : "} else if ") + flat(branch.condition);
      open_block(branch.body);
    }
    if (decision.otherwise) {
      text_ = "} else";
      open_block(*decision.otherwise);
    }
    text_ = "}";
  }

  /// As block(), but never `{}`, because `} else {` follows on the last line.
  void open_block(const Block& block) {
    text_ += " {";
    end_line(block.opening);
    indent_ += kIndent;
    statements(block.statements, block.closing);
    indent_ -= kIndent;
  }

  void write(const Include& include) { text_ = "include " + flat(include.file); }

  void write(const Route& route) {
    text_ = "route " + flat(route.destination) + " via " + flat(route.via);
    if (route.in) text_ += " in " + flat(*route.in);
  }

  // --- pieces ---

  static std::string declarator(const Declarator& declared) {
    return declared.name.text + (declared.count ? "[" + flat(*declared.count) + "]" : "");
  }

  static std::string link_head(const LinkDecl& link) {
    std::string text = link.name ? link.name->text + ": " : "";
    for (const Path& end : link.ends) {
      if (&end != &link.ends.front()) text += std::string(" --") + kSoftBreak;
      text += flat(end);
    }
    return text;
  }

  /// A value; a list with comments gets a line for each item.
  void value(const Expr& expr) {
    if (!has_comments(expr)) {
      text_ += flat(expr);
      return;
    }
    const List& list = *std::get_if<List>(&expr.kind);
    text_ += "[";
    end_line();
    indent_ += kIndent;
    const size_t outer_begin = std::exchange(block_begin_, line_count());
    for (size_t i = 0; i < list.items.size(); ++i) {
      comment_lines(list.comments->items[i].before);
      text_ = flat(list.items[i]) + ",";
      end_line(list.comments->items[i]);
    }
    closing_lines(list.comments->closing);
    block_begin_ = outer_begin;
    indent_ -= kIndent;
    text_ = "]";
  }

  static std::string flat_attributes(const AttributeList& list) {
    std::string text = "[";
    for (const Attribute& attribute : list.items) {
      if (&attribute != &list.items.front()) text += ", ";
      text += flat(attribute);
    }
    return text + "]";
  }

  static bool needs_lines(const AttributeList& list) {
    return list.lines ||
           std::any_of(list.items.begin(), list.items.end(), [](const Attribute& attribute) {
             return attribute.value && has_comments(*attribute.value);
           });
  }

  static bool is_empty(const AttributeList& list) {
    return list.items.empty() && !has_comment(list.closing);
  }

  /// Attributes on the line where they fit, with `tail` to come, else one a line with their `=`
  /// below each other.
  void attributes(const AttributeList& list, const std::string& tail) {
    if (is_empty(list)) return;
    const size_t padding = attribute_column_ > text_.size() ? attribute_column_ - text_.size() : 1;
    const std::string on_line = flat_attributes(list);
    if (!needs_lines(list) &&
        indent_ + character_count(text_) + 1 + character_count(on_line + tail) <= kMaxColumns) {
      text_ += std::string(padding, ' ') + on_line;
      return;
    }
    size_t longest = 0;
    for (const Attribute& attribute : list.items) {
      if (attribute.value) longest = std::max(longest, attribute.name.text.size());
    }
    text_ += " [";
    end_line();
    indent_ += kIndent;
    const size_t outer_begin = std::exchange(block_begin_, line_count());
    for (const Attribute& attribute : list.items) {
      if (attribute.trivia) comment_lines(attribute.trivia->before);
      text_ = attribute.name.text;
      if (attribute.value) {
        text_ += std::string(longest - text_.size(), ' ') + " = ";
        value(*attribute.value);
      }
      if (attribute.end) text_ += " at " + flat(*attribute.end);
      text_ += ",";
      end_line(attribute.trivia);
    }
    closing_lines(list.closing);
    block_begin_ = outer_begin;
    indent_ -= kIndent;
    text_ = "]";
  }

  /// For each statement, the column its attributes start in: links in a row, all named or all
  /// unnamed, share one.
  std::vector<size_t> link_columns(const std::vector<Statement>& list) const {
    std::vector<size_t> columns(list.size(), 0);
    const auto in_row = [&](size_t i) -> const LinkDecl* {
      const auto* link = std::get_if<LinkDecl>(&list[i].kind);
      const bool fits = link != nullptr && link->ends.size() == 2 &&
                        !link->attributes.items.empty() && !needs_lines(link->attributes);
      return fits && link_width(*link, 1) <= kMaxColumns ? link : nullptr;
    };
    for (size_t begin = 0; begin < list.size();) {
      const LinkDecl* first = in_row(begin);
      size_t end = begin + 1;
      if (first != nullptr) {
        size_t column = link_head(*first).size() + 1;
        for (; end < list.size() && (!list[end].trivia || list[end].trivia->before.empty());
             ++end) {
          const LinkDecl* next = in_row(end);
          if (next == nullptr || next->name.has_value() != first->name.has_value()) break;
          column = std::max(column, link_head(*next).size() + 1);
        }
        bool fit = true;
        for (size_t i = begin; i < end; ++i) {
          const LinkDecl& link = *in_row(i);
          fit = fit && link_width(link, column - link_head(link).size()) <= kMaxColumns;
        }
        if (fit)
          std::fill(columns.begin() + static_cast<ptrdiff_t>(begin),
                    columns.begin() + static_cast<ptrdiff_t>(end), column);
      }
      begin = end;
    }
    return columns;
  }

  size_t link_width(const LinkDecl& link, size_t padding) const {
    return indent_ + link_head(link).size() + padding +
           character_count(flat_attributes(link.attributes));
  }

  size_t attribute_column_ =
      0;  // of the statement being written, relative to its indent; 0: anywhere
};

std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), kSoftBreak, ' ');
  return text;
}

}  // namespace

std::string format(const File& file) {
  return Formatter().format(file);
}
std::string format(const Expr& expr) {
  return on_one_line(flat(expr));
}
std::string format(const Path& path) {
  return on_one_line(flat(path));
}

}  // namespace vinet::lang
