// Descriptions as JSON (`fmt --from-json`) under random text. Whatever is read: no crash, and an
// end soon. What is accepted is written as text, and as JSON again, and neither changes it.
// faults.md F-105.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fail.h"
#include "lang/ast_json.h"
#include "lang/formatter.h"
#include "lang/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vinet;
  const Source source{"fuzz.json", std::string(reinterpret_cast<const char*>(data), size)};
  Diagnostics diagnostics;
  const auto file = lang::from_json(source, diagnostics);
  const std::string shown = render(source, diagnostics);
  if (file.has_value() == diagnostics.has_errors())
    fail("an Ast or an error, not both or none", source.text, shown);
  if (!file) return 0;

  const Source text{"formatted.vinet", lang::format(*file)};
  Diagnostics again;
  const auto parsed = lang::parse(text, again);
  if (!parsed) fail("the text of it does not parse", text.text, render(text, again));
  if (!(*parsed == *file)) fail("the text of it means something else", source.text, text.text);

  const Source json{"again.json", lang::to_json(*file)};
  const auto reread = lang::from_json(json, again);
  if (!reread) fail("what was written is not read", json.text, render(json, again));
  if (!(*reread == *file)) fail("writing it changed the meaning", source.text, json.text);
  if (lang::to_json(*reread) != json.text) fail("written twice", json.text, lang::to_json(*reread));
  return 0;
}
