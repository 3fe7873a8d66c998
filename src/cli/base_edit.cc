#include "cli/base_edit.h"

#include <fmt/format.h>

#include <optional>

#include "cli/interrupts.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "control/intend.h"
#include "exchange/identifier.h"

namespace vinet::cli {

namespace {

constexpr int kMostTries = 20;

/// One try. Nothing: somebody else has changed the base since it was looked at.
std::optional<int> try_edit(const Context& context, control::World& world, const std::string& verb,
                            const std::string& base, const BaseEdit& edit) {
  std::vector<std::string> damaged;
  const control::State state = current_state(world, damaged);
  if (!damaged.empty()) return fail(kExitFailed, damaged.front());
  graph::Graph graph;
  for (graph::Base& one : control::bases_as_graph(state)) {
    if (one.name == base) graph.bases.push_back(std::move(one));
  }
  if (std::string wrong = edit(world, graph); !wrong.empty()) return fail(kExitConflict, wrong);
  if (graph.bases.front().machines.empty()) {
    control::DownRequest request;
    request.names = {base};
    const auto outcomes = world.controller().down(request, {});
    if (!outcomes) return fail(outcomes.error());
    for (const auto& outcome : *outcomes) fmt::print("{}\n", describe(outcome, context.colour));
    return kExitOk;
  }
  control::Description description;
  description.texts.sources = {{"vinet " + verb, graph::to_string(graph)}};
  description.graph = graph;
  ProgressLine progress;
  Diagnostics diagnostics;
  control::Options options = controller_options(progress, nullptr);
  options.only_if = control::base_as_seen(state, base);
  const auto outcomes = world.controller().up(description, options, diagnostics);
  progress.clear();
  std::string reasons;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    reasons += "\n  " + diagnostic.message;
    if (!diagnostic.note.empty()) reasons += "\n    = " + diagnostic.note;
  }
  if (!outcomes) {
    damaged.clear();
    const control::State now = current_state(world, damaged);
    const bool changed = control::base_as_seen(now, base) != *options.only_if;
    if (outcomes.error().code == Errc::kUnavailable && damaged.empty() && changed) {
      return std::nullopt;
    }
    return fail(exit_code_of(outcomes.error().code), outcomes.error().message + reasons);
  }
  for (const control::Outcome& outcome : *outcomes) {
    fmt::print("{}\n", describe(outcome, context.colour));
  }
  return kExitOk;
}

}  // namespace

int edit_base(const Context& context, const std::string& verb, const std::string& base,
              const BaseEdit& edit) {
  auto opened = open_world(context, verb, Purpose::kMake);
  if (const int* code = std::get_if<int>(&opened)) return *code;
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (const auto code = try_edit(context, *world, verb, base, edit)) return *code;
  }
  return fail(kExitConflict, fmt::format("others change '{}' all the time", base));
}

std::string bad_name(const std::string& name) {
  if (exchange::is_identifier(name)) return "";
  return fmt::format(
      "'{}' is no name: letters, digits and '_', not a digit first, no word of the language", name);
}

std::string make_fleet(graph::Graph& graph, const std::string& base) {
  if (graph.bases.empty()) {
    graph.bases.emplace_back();
    graph.bases.back().name = base;
  }
  for (const graph::Machine& machine : graph.bases.front().machines) {
    if (!machine.daemon.empty()) continue;
    return fmt::format("{} is a lab, made here; only fleets take machines", base);
  }
  return "";
}

}  // namespace vinet::cli
