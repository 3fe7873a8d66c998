#include "cli/command_line.h"

namespace vinet::cli {
namespace {

/// The first word from `index` on that is no option and no option's value.
size_t first_argument(const std::vector<std::string>& words, size_t index) {
  while (index < words.size() && words[index].size() > 1 && words[index].front() == '-') {
    if (words[index] == "--") {
      return index + 1;
    }
    const std::string& word = words[index];
    index += word == "--root" || word == "--connect" || word == "--identity" ? 2 : 1;
  }
  return index < words.size() ? index : words.size();
}

}  // namespace

size_t verb_index(const std::vector<std::string>& words) {
  const size_t index = first_argument(words, 0);
  return index < words.size() ? index : words.size();
}

std::vector<std::string> split_program(std::vector<std::string>& words, size_t verb) {
  const size_t node = first_argument(words, verb + 1);
  if (node >= words.size()) {
    return {};
  }
  const auto begin = words.begin() + static_cast<std::ptrdiff_t>(node) + 1;
  std::vector<std::string> program(begin, words.end());
  words.erase(begin, words.end());
  if (!program.empty() && program.front() == "--") {
    program.erase(program.begin());
  }
  return program;
}

}  // namespace vinet::cli
