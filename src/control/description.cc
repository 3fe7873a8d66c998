#include "control/description.h"

#include <fmt/format.h>

#include <charconv>

#include "control/intend.h"
#include "graph/expand.h"
#include "lang/parser.h"

namespace vinet::control {

std::optional<graph::Graph> expand(const Texts& texts, const State& running,
                                   Diagnostics& diagnostics) {
  graph::ExpandOptions options;
  options.running_bases = bases_as_graph(running);
  options.limits = texts.limits;
  for (const std::string& setting : texts.set) {
    const size_t equals = setting.find('=');
    int64_t value = 0;
    const char* begin = setting.data() + (equals == std::string::npos ? 0 : equals + 1);
    const char* end = setting.data() + setting.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (equals == std::string::npos || equals == 0 || error != std::errc() || stop != end) {
      diagnostics.error({},
                        fmt::format("--set {}: must be NAME=NUMBER, as depth=16", setting));
      return std::nullopt;
    }
    options.values[setting.substr(0, equals)] = value;
  }
  const std::optional<lang::File> file = lang::parse(texts.sources.front(), diagnostics);
  if (!file) return std::nullopt;
  return graph::expand(*file, options, diagnostics);
}

}  // namespace vinet::control
