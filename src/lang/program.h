// A description with all that it includes: texts to one list of statements.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lang/ast.h"
#include "support/result.h"
#include "support/sources.h"

namespace vinet::lang {

constexpr size_t kMaxFiles = 1000;            ///< of one description
constexpr size_t kMaxBundleBytes = 64 << 20;  ///< of all its files together

/// Gives the text of an included file. `path` is relative to where the first file's name is.
using Reader = std::function<Result<Source>(const std::string& path)>;

/// All texts, which can be sent elsewhere and read again there (bundle_reader), and what they say.
struct Program {
  Sources sources;           ///< the first file, then the others as they were met
  std::optional<File> file;  ///< all statements, an included file's in the place of its `include`;
                             ///< nothing after an error
};

/// Parses `first` and what it includes, through `read`. Names of included files are relative to the
/// file that includes them. A file that has been included already, or that is being read, adds
/// nothing: so files may include each other. Reports what is wrong where it stands, a file that
/// cannot be read at its `include`.
/// Cost: one pass over all texts; kMaxTokens and the limits above hold for all of them together.
Program load(Source first, const Reader& read, Diagnostics& diagnostics);

/// Reads from texts that have been read before.
Reader bundle_reader(const std::vector<Source>& bundle);

/// The name of `file` as `includer` means it: `sites/a.vinet`, `x.vinet` -> `sites/x.vinet`.
/// `.` and `..` are resolved in the text.
std::string included_name(const std::string& includer, const std::string& file);

}  // namespace vinet::lang
