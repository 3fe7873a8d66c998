// vinet up: brings up what a file describes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/input.h"
#include "cli/interrupts.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string path;
  InputOptions input;
};

/// What is written down and done by nobody while no daemon runs.
void note_unsupervised(const graph::Graph& graph) {
  bool run = false;
  bool lease = false;
  for (const graph::Internet& internet : graph.internets) {
    lease = lease || internet.lease_s.has_value();
    for (const graph::Node& node : internet.nodes) {
      run = run || !node.run.empty();
    }
  }
  for (const auto& [asked, what] : {std::pair(run, "run"), std::pair(lease, "lease")}) {
    if (asked) {
      fmt::print(stderr, "vinet: no daemon runs: nothing supervises `{}`\n", what);
    }
  }
}

std::variant<Description, int> read_for_up(const Context& context, const Options& options) {
  auto opened = open_world(context, "up", Purpose::kPlan);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  return read_description(options.path, options.input, [&world](bool all) {
    std::vector<std::string> damaged;  // the controller will say so
    control::Controller& controller = world->controller();
    const auto state = all ? controller.state(damaged) : controller.bases(damaged);
    return state ? *state : control::State{};
  });
}

int up(const Context& context, const Options& options) {
  const Interrupts interrupts(context.no_daemon ? Interrupts::Mode::kUndo
                                                : Interrupts::Mode::kLeave);
  // Read first: a file with errors starts no daemon.
  std::variant<Description, int> read = read_for_up(context, options);
  if (const int* code = std::get_if<int>(&read)) {
    return *code;
  }
  const Description& description = std::get<Description>(read);
  auto opened = open_world(context, "up", Purpose::kMake);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  ProgressLine progress;
  Diagnostics diagnostics;
  const auto outcomes = world->controller().up(
      {{description.sources.all(), options.input.set, options.input.limits}, description.graph},
      controller_options(progress, Interrupts::stopped), diagnostics);
  progress.clear();
  if (const int code = print_diagnostics(description.sources, diagnostics); code != kExitOk) {
    return code;
  }
  if (!outcomes) {
    if (outcomes.error().code == Errc::kCancelled) {
      return fail(kExitInterrupted, "interrupted; what this command did is taken back");
    }
    return fail(outcomes.error());
  }
  if (Interrupts::stopped()) fmt::print(stderr, "too late: all was done already\n");
  for (const control::Outcome& outcome : *outcomes) {
    fmt::print("{}\n", describe(outcome, context.colour));
  }
  if (context.no_daemon) {
    note_unsupervised(description.graph);
  }
  if (outcomes->empty()) {
    fmt::print("{}: describes nothing\n", description.sources.all().front().name);
  }
  return kExitOk;
}

}  // namespace

Run declare_up(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("FILE", options->path, "a description; - is stdin")->required()->type_name("");
  add_input_options(command, options->input);
  command.footer(
      "Nothing is touched before the whole plan is known good. A failure or an interrupt takes "
      "back what this\n"
      "command did before it ends. Bringing up what runs repairs it, and changes nothing where "
      "nothing is broken.\n"
      "What runs from another description is changed: only what differs is touched (`vinet plan "
      "--diff`).\n\n"
      "Examples:\n"
      "  vinet up figure11.vinet\n"
      "  generate-topology | vinet up -");
  return [&context, options] { return up(context, *options); };
}

}  // namespace vinet::cli
