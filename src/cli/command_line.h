// The words of the command line, before CLI11 sees them: which is the verb, and where another
// program's words begin.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vinet::cli {

/// Index of the first word that is neither an option nor the value of a global option; the size if
/// there is none.
size_t verb_index(const std::vector<std::string>& words);

/// For `exec NODE PROGRAM...`: takes all behind NODE out of the words and returns it, without a
/// leading `--`. Whatever the program's words look like, none of them is read as vinet's.
std::vector<std::string> split_program(std::vector<std::string>& words, size_t verb);

}  // namespace vinet::cli
