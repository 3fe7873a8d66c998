#include "unit/graph/text_case.h"

#include <algorithm>

#include "lang/parser.h"

namespace vinet::graph {

std::string Expansion::text() const {
  return graph ? to_string(*graph) : render(source, diagnostics);
}

std::vector<std::string> Expansion::errors() const {
  std::vector<Diagnostic> sorted = diagnostics.all();
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return a.span.begin < b.span.begin;
  });
  std::vector<std::string> errors;
  for (const Diagnostic& diagnostic : sorted) {
    const std::string before = source.text.substr(0, diagnostic.span.begin);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
    errors.push_back(std::to_string(line) + ":" + std::to_string(column) + ": " +
                     diagnostic.message + (diagnostic.note.empty() ? "" : " = " + diagnostic.note));
  }
  return errors;
}

Expansion expand_text(const std::string& text, const ExpandOptions& options) {
  Expansion result;
  result.source = {"in.vinet", text};
  const auto file = lang::parse(result.source, result.diagnostics);
  if (file) result.graph = expand(*file, options, result.diagnostics);
  return result;
}

std::string in_internet(const std::string& body, const std::string& attributes) {
  return "base lab {\n  machine X, Y, m[3]\n  X -- Y\n}\ninternet net on lab " + attributes +
         (attributes.empty() ? "" : " ") + "{\n" + body + "\n}\n";
}

}  // namespace vinet::graph
