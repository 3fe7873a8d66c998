#include "control/description.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <variant>

#include "control/intend.h"
#include "lang/program.h"

namespace vinet::control {
namespace {

// So that a larger description has as many statements for each node and link.
constexpr uint64_t kStepsForEach = 8;

}  // namespace

Result<graph::ExpandOptions> expand_options(const std::vector<std::string>& set,
                                            const graph::Limits& limits, const State& running) {
  graph::ExpandOptions options;
  options.running_bases = bases_as_graph(running);
  for (const auto& [name, internet] : running.internets) {
    std::vector<std::string>& nodes = options.running_internets[name];
    for (const plan::NodePlan& node : internet.plan.nodes) nodes.push_back(node.name);
  }
  options.limits = limits;
  const uint64_t steps = kStepsForEach * (uint64_t{limits.nodes} + limits.links);
  options.limits.steps =
      std::max(limits.steps, static_cast<uint32_t>(std::min<uint64_t>(steps, UINT32_MAX)));
  for (const std::string& setting : set) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{Errc::kInvalidArgument,
                   fmt::format("--set {}: must be NAME=VALUE, as depth=16", setting)};
    }
    Result<graph::Value> value = graph::constant(setting.substr(equals + 1));
    if (!value) return std::move(value).error().within("--set " + setting);
    options.values.insert_or_assign(setting.substr(0, equals), *std::move(value));
  }
  return options;
}

bool stands_on_others(const lang::File& file, const State& running) {
  std::set<std::string> known;
  for (const auto& [name, base] : running.bases) known.insert(name);
  for (const lang::Statement& statement : file.statements) {
    if (const auto* base = std::get_if<lang::BaseDecl>(&statement.kind)) {
      known.insert(base->name.text);
    } else if (const auto* internet = std::get_if<lang::InternetDecl>(&statement.kind)) {
      known.insert(internet->name.text);
    }
  }
  return std::any_of(file.statements.begin(), file.statements.end(), [&](const auto& statement) {
    const auto* internet = std::get_if<lang::InternetDecl>(&statement.kind);
    return internet != nullptr && !known.contains(internet->base.text);
  });
}

std::optional<graph::Graph> expand(const Texts& texts, const State& running,
                                   Diagnostics& diagnostics) {
  const Result<graph::ExpandOptions> options = expand_options(texts.set, texts.limits, running);
  if (!options) {
    diagnostics.error({}, options.error().message);
    return std::nullopt;
  }
  const lang::Program program =
      lang::load(texts.sources.front(), lang::bundle_reader(texts.sources), diagnostics);
  if (!program.file) return std::nullopt;
  return graph::expand(*program.file, *options, diagnostics);
}

}  // namespace vinet::control
