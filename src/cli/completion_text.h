// The completions of shells, made from the command tree.
#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"

namespace vinet::cli {

/// A script for `source` or the shell's folder of completions. It asks `vinet completion --names`
/// for what runs.
std::string bash_completion(const CommandInfo& program, const std::vector<CommandInfo>& verbs);
std::string zsh_completion(const CommandInfo& program, const std::vector<CommandInfo>& verbs);
std::string fish_completion(const CommandInfo& program, const std::vector<CommandInfo>& verbs);

}  // namespace vinet::cli
