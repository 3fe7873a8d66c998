// Reading texts in tests of the language.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "lang/formatter.h"
#include "lang/parser.h"

namespace vinet::lang {

/// The Ast of a text that must parse; an empty file where it does not, with the reason as a
/// failure.
inline File read_good(const std::string& text) {
  const Source source{"test.vinet", text};
  Diagnostics diagnostics;
  auto file = parse(source, diagnostics);
  EXPECT_TRUE(file.has_value()) << render(source, diagnostics);
  return file ? std::move(*file) : File{};
}

/// What is said about a text that must not parse.
inline Diagnostics read_bad(const std::string& text) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse({"test.vinet", text}, diagnostics).has_value()) << text;
  EXPECT_TRUE(diagnostics.has_errors()) << text;
  return diagnostics;
}

/// A file of the source tree; tests run at its top.
inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace vinet::lang
