// The language under random text. Whatever is read: no crash, and an end soon. What parses, formats
// to a text that means the same and that formatting leaves alone. faults.md F-105.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fail.h"
#include "lang/formatter.h"
#include "lang/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vinet;
  const Source source{"fuzz.vinet", std::string(reinterpret_cast<const char*>(data), size)};
  Diagnostics diagnostics;
  const auto file = lang::parse(source, diagnostics);
  const std::string shown = render(source, diagnostics);
  if (file.has_value() == diagnostics.has_errors())
    fail("an Ast or an error, not both or none", source.text, shown);
  if (!file) return 0;

  const Source once{"formatted.vinet", lang::format(*file)};
  Diagnostics again;
  const auto reread = lang::parse(once, again);
  if (!reread) fail("formatting made a text that does not parse", once.text, render(once, again));
  if (!(*reread == *file)) fail("formatting changed the meaning", source.text, once.text);
  const std::string twice = lang::format(*reread);
  if (twice != once.text) fail("formatting twice differs from once", once.text, twice);
  return 0;
}
