// Exit codes: what a script can tell a failure by. docs/operations.md and `vinet help` print this
// table.
#pragma once

#include "support/result.h"

namespace vinet::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,       ///< it did not work; `ping-all`, `trace`: something was lost; `verify`:
                         ///< something is not as planned
  kExitUsage = 2,        ///< the command line is wrong
  kExitBadInput = 3,     ///< a description is wrong
  kExitNotFound = 4,     ///< no such file, internet, base, node or link
  kExitConflict = 5,     ///< refused: busy, base in use, name taken, changed description
  kExitInterrupted = 6,  ///< by a signal; what was made is removed again
  kExitUnable = 7,       ///< this computer lacks something: root, BPF, a kernel feature
};

/// The exit code that an error of the controller or the machine ends the program with.
ExitCode exit_code_of(Errc code);

/// The table, for help texts: one line a code.
extern const char kExitCodeHelp[];

}  // namespace vinet::cli
