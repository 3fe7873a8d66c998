#include "graph/annotations.h"

#include <algorithm>
#include <charconv>

namespace vinet::graph {
namespace {

constexpr size_t kLongestDegrees = 24;

}  // namespace

void sort_annotations(Annotations& annotations) {
  std::stable_sort(annotations.begin(), annotations.end(),
                   [](const Annotation& a, const Annotation& b) { return a.key < b.key; });
}

std::string_view annotation(const Annotations& annotations, std::string_view key) {
  const auto at = std::find_if(annotations.begin(), annotations.end(),
                               [&](const Annotation& one) { return one.key == key; });
  return at == annotations.end() ? std::string_view() : std::string_view(at->text);
}

bool is_degrees(std::string_view text, int most) {
  if (text.empty() || text.size() > kLongestDegrees) return false;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return error == std::errc() && end == text.data() + text.size() && value >= -most &&
         value <= most;
}

double degrees(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return value;
}

}  // namespace vinet::graph
