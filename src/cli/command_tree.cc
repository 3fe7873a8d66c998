#include "cli/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

namespace vinet::cli {
namespace {

OptionInfo describe(const CLI::Option& option) {
  OptionInfo info;
  info.argument = option.get_positional();
  if (info.argument) {
    info.spellings.push_back(option.get_name(true));
  }
  for (const std::string& name : option.get_snames()) {
    info.spellings.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    info.spellings.push_back("--" + name);
  }
  if (option.get_expected_max() > 0 && !info.argument) {
    const std::string type = option.get_type_name();  // `N:INT in [1 - 255]`
    info.value = type.substr(0, type.find(':'));
    if (info.value.empty()) {
      info.value = "VALUE";
    }
  }
  info.help = option.get_description();
  info.required = option.get_required();
  info.many = info.argument && option.get_items_expected_max() > 1;
  return info;
}

}  // namespace

CommandInfo describe(const CLI::App& command) {
  CommandInfo info;
  info.name = command.get_name();
  info.help = command.get_description();
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_group().empty()) {  // no group: hidden
      info.options.push_back(describe(*option));
    }
  }
  std::stable_sort(info.options.begin(), info.options.end(),
                   [](const auto& a, const auto& b) { return a.argument > b.argument; });
  const std::string footer = command.get_footer();
  static const std::string kMark = "Examples:\n";
  const size_t at = footer.find(kMark);
  info.text = footer.substr(0, at);
  if (at != std::string::npos) {
    info.examples = footer.substr(at + kMark.size());
    info.examples = info.examples.substr(0, info.examples.find("\n\n"));
  }
  return info;
}

std::vector<CommandInfo> describe_verbs(const CLI::App& app) {
  std::vector<CommandInfo> verbs;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_group().empty()) continue;
    verbs.push_back(describe(*command));
    for (const CLI::App* action : command->get_subcommands({})) {
      verbs.back().actions.push_back(describe(*action));
    }
  }
  return verbs;
}

Completes completes(const std::string& verb) {
  static const std::map<std::string, Completes> kVerbs = {
      {"up", Completes::kDescriptions},    {"down", Completes::kBases},
      {"plan", Completes::kDescriptions},  {"ls", Completes::kNames},
      {"show", Completes::kNames},         {"exec", Completes::kNodes},
      {"shell", Completes::kNodes},        {"ping-all", Completes::kInternets},
      {"trace", Completes::kNodes},        {"fmt", Completes::kDescriptions},
      {"check", Completes::kDescriptions}, {"import", Completes::kGraphs},
      {"map", Completes::kBases},          {"stats", Completes::kNames},
      {"export", Completes::kFormats},     {"completion", Completes::kShells},
      {"man", Completes::kVerbs},          {"help", Completes::kVerbs},
      {"capture", Completes::kNames},      {"logs", Completes::kNodes},
      {"renew", Completes::kInternets},
  };
  const auto at = kVerbs.find(verb);
  return at == kVerbs.end() ? Completes::kNothing : at->second;
}

}  // namespace vinet::cli
