// Text to Ast.
#pragma once

#include <cstddef>
#include <optional>

#include "lang/ast.h"
#include "support/diagnostics.h"

namespace vinet::lang {

constexpr size_t kMaxFileBytes = 8 << 20;
constexpr size_t kMaxTokens = 500'000;  ///< words, signs and comments of a file
constexpr int kMaxNesting = 200;        ///< brackets, braces and signs inside each other
constexpr int kMaxOperators = 1000;     ///< in one expression

/// Reads a whole file. After an error goes on at the next statement, so one run shows many errors.
/// Nothing if there was any error; `diagnostics` then has at least one.
/// Cost: one pass, O(text); at most the limits above, whatever the text.
std::optional<File> parse(const Source& source, Diagnostics& diagnostics);

}  // namespace vinet::lang
