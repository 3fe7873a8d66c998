// An import as text: printed by graph::to_string, then parsed and formatted, which makes it
// canonical and proves that it is of the language.
#include "exchange/import.h"
#include "lang/formatter.h"
#include "lang/parser.h"
#include "support/utf8.h"

namespace vinet::exchange {
namespace {

/// `# From Abilene.graphml`: the last part of the name, on one line whatever is in it.
std::string comment(const Source& source) {
  std::string_view file = source.name;
  file.remove_prefix(file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/') + 1);
  std::string text = "# From ";
  while (!file.empty()) text += printable(take_character(file));
  return text + "\n";
}

std::string base_text(const ImportOptions& options) {
  if (options.machines == 0) return "";
  const std::string shape = options.machines > 2 ? "  ring(m)\n" : "  chain(m)\n";
  return "base " + options.base + " {\n  machine m[" + std::to_string(options.machines) + "]\n" +
         (options.machines > 1 ? shape : "") + "}\n\n";
}

}  // namespace

std::optional<std::string> import_graphml_text(const Source& source, const ImportOptions& options,
                                               Diagnostics& diagnostics) {
  std::string text = comment(source) + base_text(options);
  {
    auto internets = import_graphml(source, options, diagnostics);
    if (!internets) return std::nullopt;
    graph::Graph graph;
    graph.internets = *std::move(internets);
    text += graph::to_string(graph);
  }
  Diagnostics problems;
  const Source description{"", std::move(text)};
  const auto file = lang::parse(description, problems);
  if (!file) {
    diagnostics.error({}, "the description of this graph would be too long",
                      problems.all().empty() ? "" : problems.all().front().message);
    return std::nullopt;
  }
  return lang::format(*file);
}

}  // namespace vinet::exchange
