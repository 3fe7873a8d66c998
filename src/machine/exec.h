// exec: this process becomes a program inside a node (DESIGN §9).
#pragma once

#include <string>

#include "kernel/kernel.h"
#include "machine/machine.h"

namespace vinet::machine {

/// Machine::exec. Makes what the node's programs see of their own:
/// <root>/run/vinet/nodes/<owner>/hosts for all nodes of the internet, and <node>/run, hostname,
/// resolv.conf. Files are replaced whole and only where they differ. Errors: not_found if there is
/// no such node or program.
Error exec(kernel::Kernel& kernel, const std::string& root, const ExecRequest& request);

/// The files and names of the program's world, made where they are missing.
Result<kernel::Execution> prepare_execution(kernel::Kernel& kernel, const std::string& root,
                                            const ExecRequest& request);

}  // namespace vinet::machine
