// vinet recover: out of a state that was lost or damaged.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

int recover(const Context& context) {
  auto opened = open_world(context, "recover", Purpose::kChange);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  ProgressLine progress;
  const auto lines = world->controller().recover(controller_options(progress, nullptr));
  progress.clear();
  if (!lines) {
    return fail(lines.error());
  }
  for (const std::string& line : *lines) {
    fmt::print("{}\n", line);
  }
  return kExitOk;
}

}  // namespace

Run declare_recover(CLI::App& command, Context& context) {
  command.footer(
      "What cannot be read is put aside, under a new name beside the old one, and the copy that "
      "was "
      "made when\n"
      "the last command ended takes its place. Nothing in the kernel is touched.\n\n"
      "Example:\n"
      "  vinet recover");
  return [&context] { return recover(context); };
}

}  // namespace vinet::cli
