// Output: what a verb makes, to a file or stdout.
#pragma once

#include <string>

#include "support/result.h"

namespace CLI {
class App;
}

namespace vinet::cli {

/// `-o FILE`
void add_output(CLI::App& command, std::string& path);

/// Writes the text to the file, or to stdout where `path` is empty or `-`.
/// Errors: what open, write and close say, naming the file.
Status write_output(const std::string& path, const std::string& text);

}  // namespace vinet::cli
