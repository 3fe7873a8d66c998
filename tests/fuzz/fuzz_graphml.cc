// The importer under random text. Whatever is read: no crash, and an end soon. What is imported is
// canonical, expands, and comes back equal through an export. faults.md F-105.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "exchange/export.h"
#include "exchange/import.h"
#include "graph/expand.h"
#include "lang/formatter.h"
#include "lang/parser.h"

namespace {

[[noreturn]] void fail(const char* what, const std::string& before, const std::string& after) {
  std::fprintf(stderr, "%s\n--- before ---\n%s\n--- after ---\n%s\n", what, before.c_str(),
               after.c_str());
  std::abort();
}

/// Names, kinds, annotations and links, as text.
std::string contents(std::vector<vinet::graph::Internet> internets) {
  return vinet::graph::to_string({{}, std::move(internets)});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vinet;
  const Source source{"fuzz.graphml", std::string(reinterpret_cast<const char*>(data), size)};
  Diagnostics diagnostics;
  const auto text = exchange::import_graphml_text(source, {}, diagnostics);
  const std::string shown = render(source, diagnostics);
  if (text.has_value() == diagnostics.has_errors())
    fail("a description or an error, not both or none", source.text, shown);
  if (!text) return 0;

  const Source description{"imported.vinet", *text};
  Diagnostics again;
  const auto file = lang::parse(description, again);
  if (!file) fail("the description does not parse", *text, render(description, again));
  if (lang::format(*file) != *text) fail("not canonical", *text, lang::format(*file));
  const auto graph = graph::expand(*file, {}, again);
  if (!graph) fail("the description does not expand", *text, render(description, again));

  const Source exported{"exported.graphml", exchange::to_graphml(*graph)};
  const auto back = exchange::import_graphml(exported, {}, again);
  if (!back) fail("the export is not read back", exported.text, render(exported, again));
  const std::string before = contents(graph->internets);
  const std::string after = contents(*back);
  if (before != after) fail("export and import changed it", before, after);
  return 0;
}
