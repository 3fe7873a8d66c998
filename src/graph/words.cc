#include "graph/words.h"

#include "support/diagnostics.h"

namespace vinet::graph {
namespace {

constexpr size_t kMostCandidates = 5000;

}  // namespace

std::string name_text(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::string code_text(std::string_view word) {
  return "`" + std::string(word) + "`";
}

std::string number_text(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string count_text(uint64_t count, std::string_view word) {
  return number_text(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (candidates.size() > kMostCandidates) return "";
  const std::string near = nearest(word, candidates);
  return near.empty() ? "" : "did you mean " + name_text(near) + "?";
}

}  // namespace vinet::graph
