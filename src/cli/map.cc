// vinet map: the base and the internets on it, as a picture.
#include "exchange/map.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/chosen.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/planning.h"
#include "cli/terminal.h"
#include "cli/verb.h"

namespace vinet::cli {
namespace {

struct Options {
  std::string word;
  bool all = false;
  bool svg = false;
  bool dot = false;
  std::string output;
  PlanningOptions planning;
};

/// $COLUMNS, or what the terminal says, or 80.
size_t columns() {
  if (const char* text = std::getenv("COLUMNS"); text != nullptr && std::atoi(text) > 0) {
    return static_cast<size_t>(std::atoi(text));
  }
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  constexpr size_t kUsual = 80;
  return kUsual;
}

/// Does the locale say that the terminal cannot show UTF-8?
bool ascii_only() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
      continue;
    }
    const std::string text = value;
    return text.find("UTF-8") == std::string::npos && text.find("utf8") == std::string::npos;
  }
  return true;
}

/// The plans that the command line names.
std::variant<plan::Plan, int> chosen_plan(const Context& context, const Options& options) {
  if (is_file_word(options.word)) {
    std::variant<control::Intention, int> planned =
        plan_file(context, options.word, options.planning);
    if (const int* code = std::get_if<int>(&planned)) {
      return *code;
    }
    return std::get<control::Intention>(planned).plan();
  }
  const control::State state = readable_state(context);
  if (!options.word.empty()) {
    return running_plan(state, options.word);
  }
  return state.running();
}

int map(const Context& context, const Options& options) {
  const std::variant<plan::Plan, int> chosen = chosen_plan(context, options);
  if (const int* code = std::get_if<int>(&chosen)) {
    return *code;
  }
  const plan::Plan& plan = std::get<plan::Plan>(chosen);
  if (plan.bases.empty() && !options.svg && !options.dot) {
    fmt::print("nothing is up\n");
    return kExitOk;
  }
  const std::string text = options.svg   ? exchange::map_svg(plan)
                           : options.dot ? exchange::map_dot(plan)
                                         : exchange::map_text(plan, {columns(), ascii_only()});
  const Status written = write_output(options.output, text);
  return written ? kExitOk : fail(kExitFailed, written.error().message);
}

}  // namespace

Run declare_map(CLI::App& command, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::Option* what = command
                          .add_option("WHAT", options->word,
                                      "an internet or base that runs, or a description; none: all "
                                      "that runs")
                          ->type_name("");
  command.add_flag("--all", options->all, "all that runs")->excludes(what);
  CLI::Option* svg = command.add_flag("--svg", options->svg, "print an SVG image");
  command.add_flag("--dot", options->dot, "print the language of Graphviz")->excludes(svg);
  add_output(command, options->output);
  add_planning_options(command, options->planning);
  command.footer(
      "The base lies below, the internets on it above: a column for each machine, a line for each "
      "node on it,\nso that a machine that is visited several times shows each visit. What stands "
      "on "
      "an internet is drawn\nabove the nodes of that. In SVG, nodes with coordinates are drawn as "
      "a "
      "map. Needs no root for a description.\n\n"
      "Examples:\n"
      "  vinet map figure11.vinet\n"
      "  vinet map --svg -o all.svg\n"
      "  vinet map --dot fig11 | dot -Tpng -o fig11.png");
  return [&context, options] { return map(context, *options); };
}

}  // namespace vinet::cli
