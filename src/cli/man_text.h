// Manual pages (man(7)) made from the command tree.
#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"

namespace vinet::cli {

/// vinet(1): all verbs.
std::string man_of_program(const CommandInfo& program, const std::vector<CommandInfo>& verbs);
/// vinet-VERB(1)
std::string man_of_verb(const CommandInfo& verb, const CommandInfo& program);

}  // namespace vinet::cli
