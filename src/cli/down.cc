// vinet down: takes internets and bases down.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/input.h"
#include "cli/interrupts.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  bool all = false;
  bool recursive = false;
};

int down(const Context& context, const Options& options) {
  if (options.words.empty() && !options.all) {
    return fail(kExitUsage, "down of what? Give names, files, or --all");
  }
  control::DownRequest request;
  request.all = options.all;
  request.recursive = options.recursive;
  for (const std::string& word : options.words) {
    if (!is_file_word(word)) {
      request.names.push_back(word);
      continue;
    }
    std::variant<control::Named, int> read = read_names(word);
    if (const int* code = std::get_if<int>(&read)) {
      return *code;
    }
    request.files.push_back(std::get<control::Named>(std::move(read)));
  }
  auto opened = open_world(context, "down", Purpose::kChange);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  const Interrupts interrupts(Interrupts::Mode::kFinish);
  ProgressLine progress;
  const auto outcomes = world->controller().down(request, controller_options(progress, nullptr));
  progress.clear();
  if (!outcomes) {
    std::string message = outcomes.error().message;
    for (const std::string& word : request.names) {
      if (outcomes.error().code == Errc::kNotFound && std::filesystem::is_regular_file(word)) {
        message += fmt::format("; the file of that name is meant by ./{}", word);
      }
    }
    return fail(exit_code_of(outcomes.error().code), message);
  }
  for (const control::Outcome& outcome : *outcomes) {
    fmt::print("{}\n", describe(outcome, context.colour));
  }
  if (outcomes->empty()) {
    fmt::print("nothing to do\n");
  }
  return kExitOk;
}

}  // namespace

Run declare_down(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command
      .add_option("WHAT", options->words,
                  "internets, bases, or files (all their internets); - is stdin")
      ->type_name("");
  command.add_flag("--all", options->all,
                   "all that runs, and all leftovers that `vinet status` shows");
  command.add_flag("--recursive", options->recursive,
                   "with all that stands on what is taken down, the top first");
  command.footer(
      "Returns when the kernel has let go of everything. A base that `up` made for an internet "
      "goes with the last\n"
      "internet on it; a base from a file of its own stays until it is named. What is not up is no "
      "error where it\n"
      "comes from a file. What others stand on is refused, with the list of them, unless "
      "--recursive takes\n"
      "them down first.\n\n"
      "Examples:\n"
      "  vinet down fig11\n"
      "  vinet down figure11.vinet\n"
      "  vinet down --recursive lab\n"
      "  vinet down --recursive lower\n"
      "  vinet down --all");
  return [&context, options] { return down(context, *options); };
}

}  // namespace vinet::cli
