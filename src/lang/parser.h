// Text to Ast.
#pragma once

#include <cstddef>
#include <optional>

#include "lang/ast.h"
#include "lang/lexer.h"
#include "support/diagnostics.h"

namespace vinet::lang {

constexpr size_t kMaxFileBytes = 8 << 20;
constexpr int kMaxNesting = 200;     ///< brackets, braces and signs inside each other
constexpr int kMaxOperators = 1000;  ///< in one expression

/// Reads a whole file. After an error goes on at the next statement, so one run shows many errors.
/// Nothing if there was any error; `diagnostics` then has at least one.
/// Cost: one pass, O(text); at most the limits above, whatever the text.
std::optional<File> parse(const Source& source, Diagnostics& diagnostics);

/// What one of several texts may take.
struct Allowance {
  uint32_t first = 0;          ///< where its spans begin (Sources)
  size_t tokens = kMaxTokens;  ///< that are left
};

/// The same for one of several texts; lowers the tokens that are left.
std::optional<File> parse(const Source& source, Allowance& allowance, Diagnostics& diagnostics);

}  // namespace vinet::lang
