// vinet man: manual pages, from the same source as --help.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/man_text.h"
#include "cli/output.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string verb;
  std::string directory;
};

int write_all(const CommandInfo& program, const std::vector<CommandInfo>& verbs,
              const std::string& directory) {
  const auto write = [&](const std::string& page, const std::string& text) {
    return write_output(directory + "/" + page + ".1", text);
  };
  Status status = write("vinet", man_of_program(program, verbs));
  for (const CommandInfo& verb : verbs) {
    if (status && verb.name != "help") {
      status = write("vinet-" + verb.name, man_of_verb(verb, program));
    }
  }
  return status ? kExitOk : fail(kExitFailed, status.error().message);
}

int print_man(const Context& context, const Options& options) {
  const CommandInfo program = describe(*context.app);
  const std::vector<CommandInfo> verbs = describe_verbs(*context.app);
  if (!options.directory.empty()) {
    return write_all(program, verbs, options.directory);
  }
  if (options.verb.empty()) {
    fmt::print("{}", man_of_program(program, verbs));
    return kExitOk;
  }
  const auto at = std::find_if(verbs.begin(), verbs.end(),
                               [&](const CommandInfo& verb) { return verb.name == options.verb; });
  if (at == verbs.end()) {
    return fail(kExitUsage, fmt::format("there is no verb '{}'", options.verb));
  }
  fmt::print("{}", man_of_verb(*at, program));
  return kExitOk;
}

}  // namespace

Run declare_man(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::Option* verb =
      command.add_option("VERB", options->verb, "one verb's page; none: the program's")
          ->type_name("");
  command.add_option("--write", options->directory, "write all pages into this directory instead")
      ->excludes(verb)
      ->type_name("DIR");
  command.footer(
      "Prints the source of a manual page, for man(1) to show.\n\n"
      "Examples:\n"
      "  vinet man trace | man -l -\n"
      "  vinet man --write /usr/local/share/man/man1");
  return [&context, options] { return print_man(context, *options); };
}

}  // namespace vinet::cli
