// vinet completion: scripts with which a shell completes vinet's command line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/chosen.h"
#include "cli/completion_text.h"
#include "cli/names.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string shell;
  std::string names;
};

/// The names of what runs, one a line; nothing is said where they cannot be read.
int print_names(const Context& context, const std::string& kind) {
  auto opened = open_world(context, "plan", Purpose::kPlan);
  if (const int* code = std::get_if<int>(&opened)) {
    return *code;
  }
  const auto world = std::get<std::unique_ptr<control::World>>(std::move(opened));
  std::vector<std::string> damaged;
  const control::State state = current_state(*world, damaged);
  for (const Object& object : objects_in(state)) {
    const bool internet = object.kind == Object::Kind::kInternet;
    const bool wanted = kind == "all" || (kind == "internets" && internet) ||
                        (kind == "owners" && (internet || object.kind == Object::Kind::kBase)) ||
                        (kind == "nodes" && object.kind == Object::Kind::kNode);
    if (wanted) {
      fmt::print("{}\n", name_of(object));
    }
  }
  return kExitOk;
}

int print_completion(const Context& context, const Options& options) {
  if (!options.names.empty()) {
    return print_names(context, options.names);
  }
  if (options.shell.empty()) {
    return fail(kExitUsage, "which shell? bash, zsh or fish");
  }
  const CommandInfo program = describe(*context.app);
  const std::vector<CommandInfo> verbs = describe_verbs(*context.app);
  fmt::print("{}", options.shell == "bash"  ? bash_completion(program, verbs)
                   : options.shell == "zsh" ? zsh_completion(program, verbs)
                                            : fish_completion(program, verbs));
  return kExitOk;
}

}  // namespace

Run declare_completion(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  command.add_option("SHELL", options->shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("");
  command
      .add_option("--names", options->names,
                  "print names of what runs instead: all, nodes, internets or owners")
      ->check(CLI::IsMember({"all", "nodes", "internets", "owners"}))
      ->type_name("KIND");
  command.footer(
      "Completes verbs, options, files and the names of what runs.\n\n"
      "Examples:\n"
      "  source <(vinet completion bash)\n"
      "  vinet completion zsh > ~/.zfunc/_vinet\n"
      "  vinet completion fish > ~/.config/fish/completions/vinet.fish");
  return [&context, options] { return print_completion(context, *options); };
}

}  // namespace vinet::cli
