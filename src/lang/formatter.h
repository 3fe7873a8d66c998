// Ast to text: the one canonical form.
#pragma once

#include <string>

#include "lang/ast.h"

namespace vinet::lang {

/// The file in canonical form, with all its comments and at most one blank line between statements.
/// parse(format(f)) == f, and format(parse(format(f))) == format(f).
std::string format(const File& file);

/// One expression or path on one line, for messages and the text forms of later stages.
std::string format(const Expr& expr);
std::string format(const Path& path);

}  // namespace vinet::lang
