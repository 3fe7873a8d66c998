// Expressions as text, with as few brackets as keep their meaning.
#pragma once

#include <string>
#include <vector>

#include "lang/ast.h"

namespace vinet::lang {

/// Where a line may be broken if it gets too long; else a space. Occurs in no source text.
constexpr char kSoftBreak = '\x01';

/// The expression on one line with soft breaks. The comments of a list are left out.
std::string flat(const Expr& expr);
std::string flat(const Path& path);
std::string flat(const Attribute& attribute);
std::string flat(const std::vector<Expr>& list);

/// Is it a list with comments, which flat() would lose? (The parser leaves none deeper.)
bool has_comments(const Expr& expr);

}  // namespace vinet::lang
