// The command line as data: verbs and options as CLI11 knows them, for completions and manual
// pages.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace vinet::cli {

struct OptionInfo {
  std::vector<std::string> spellings;  ///< `-o`, `--output`; of an argument: its name
  std::string value;                   ///< what it takes: `FILE`; empty: nothing
  std::string help;
  bool argument = false;  ///< positional
  bool required = false;
  bool many = false;
};

struct CommandInfo {
  std::string name;
  std::string help;
  std::vector<OptionInfo> options;   ///< arguments first, each group in the order of --help
  std::string text;                  ///< what --help says below the options, up to its examples
  std::string examples;              ///< the lines under "Examples:", as they are
  std::vector<CommandInfo> actions;  ///< of a verb: `add` of `vinet base add`
};

/// One command: the program itself, or a verb.
CommandInfo describe(const CLI::App& command);
/// The verbs in the order of `vinet help`, and `help`.
std::vector<CommandInfo> describe_verbs(const CLI::App& app);

/// What the arguments of a verb are, for completions.
enum class Completes {
  kNothing,
  kDescriptions,  ///< *.vinet
  kGraphs,        ///< *.graphml
  kNames,         ///< of all that runs
  kNodes,
  kInternets,  ///< or descriptions
  kBases,      ///< or internets, or descriptions
  kShells,
  kVerbs,
  kFormats,  ///< then internets or descriptions
};
/// For every verb that there is.
Completes completes(const std::string& verb);

}  // namespace vinet::cli
