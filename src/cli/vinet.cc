// vinet: a hypervisor for internets. Reads the command line and hands over to a verb.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/no_memory.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "support/diagnostics.h"

namespace vinet::cli {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  vinet up figure11.vinet            bring up the internet of the file, and its base\n"
    "  vinet exec fig11.A ping -c 3 F     run a program in node A\n"
    "  vinet trace fig11.A fig11.F        see a packet's way, machine by machine\n"
    "  vinet down figure11.vinet          take it away again\n"
    "  vinet help up                      more about one verb\n\n";

int usage_error(const std::string& message) {
  const int code = fail(kExitUsage, message);
  fmt::print(stderr, "try `vinet help`\n");
  return code;
}

/// `help` and `help VERB` as `--help` says them.
std::vector<std::string> without_help_verb(std::vector<std::string> words) {
  const size_t verb = verb_index(words);
  if (verb < words.size() && words[verb] == "help") {
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(verb));
    words.emplace_back("--help");
  }
  return words;
}

/// `/` or `/some/where`, without a '/' at the end. One directory is one root, whatever symbolic
/// links lead to it.
std::string absolute_root(const std::string& root) {
  const auto absolute = std::filesystem::absolute(root.empty() ? "/" : root);
  std::error_code error;
  std::string path = std::filesystem::weakly_canonical(absolute, error).string();
  if (error) {
    path = absolute.lexically_normal().string();
  }
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  return path;
}

int run(std::vector<std::string> words) {
  Context context;
  context.colour = colours_on(STDOUT_FILENO);
  words = without_help_verb(std::move(words));

  CLI::App app("vinet, a hypervisor for internets", "vinet");
  context.app = &app;
  app.footer(std::string(kFooter) + kExitCodeHelp);
  app.set_help_flag("-h,--help", "print this help");
  app.option_defaults()->always_capture_default(false);
  app.add_option("--root", context.root,
                 "directory under which all names, files and state lie (default: /)")
      ->envname("VINET_ROOT")
      ->type_name("DIR");
  app.add_flag("--no-daemon", context.no_daemon,
               "work in this process instead of asking a daemon (or set VINET_NO_DAEMON=1)")
      ->envname("VINET_NO_DAEMON");
  app.add_option("--connect", context.connect,
                 "ask the daemon there, over TLS (or set VINET_CONNECT)")
      ->envname("VINET_CONNECT")
      ->type_name("HOST:PORT");
  app.add_option("--identity", context.identity,
                 "directory with the certificate for --connect (default: DIR/etc/vinet)")
      ->envname("VINET_IDENTITY")
      ->type_name("DIR");
  app.fallthrough();
  app.require_subcommand(0, 1);
  std::map<const CLI::App*, Run> runs;
  std::vector<std::string> names = {"help"};
  for (const Verb& verb : verbs()) {
    CLI::App* command = app.add_subcommand(verb.name, verb.help);
    runs[command] = verb.declare(*command, context);
    names.emplace_back(verb.name);
  }
  app.add_subcommand("help", "print this help, or that of a verb");

  const size_t index = verb_index(words);
  if (index < words.size()) {
    const std::string& word = words[index];
    if (std::find(names.begin(), names.end(), word) == names.end()) {
      const std::string near = nearest(word, names);
      return usage_error(
          fmt::format("there is no verb '{}'{}", word,
                      near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
    for (const Verb& verb : verbs()) {
      if (verb.takes_program && word == verb.name) {
        context.program = split_program(words, index);
      }
    }
  }
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 takes them
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (chosen.empty()) {
    fmt::print(stderr, "{}", app.help());
    return kExitUsage;
  }
  context.root = absolute_root(context.root);
  if (context.no_daemon) context.connect.clear();  // of the environment: programs of a daemon
  return runs.at(chosen.front())();
}

}  // namespace
}  // namespace vinet::cli

int main(int argc, char** argv) {
  vinet::cli::end_without_memory();
  try {
    return vinet::cli::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {  // of a library; ours throws nothing
    return vinet::cli::fail(vinet::cli::kExitFailed, error.what());
  }
}
