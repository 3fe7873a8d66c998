#include "cli/exit_code.h"

namespace vinet::cli {

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
      return kExitBadInput;
    case Errc::kNotFound:
      return kExitNotFound;
    case Errc::kAlreadyExists:
    case Errc::kFailedPrecondition:
      return kExitConflict;
    case Errc::kCancelled:
      return kExitInterrupted;
    case Errc::kPermissionDenied:
    case Errc::kUnimplemented:
      return kExitUnable;
    case Errc::kResourceExhausted:
    case Errc::kUnavailable:
    case Errc::kInternal:
      return kExitFailed;
  }
  return kExitFailed;
}

const char kExitCodeHelp[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  it failed; ping-all, trace: something was lost; verify: not as planned\n"
    "  2  the command line is wrong\n"
    "  3  a description is wrong\n"
    "  4  no such file, internet, base, node or link\n"
    "  5  refused: busy, base in use, name taken, lost or damaged state\n"
    "  6  interrupted, and undone\n"
    "  7  this computer lacks something: root, BPF, a kernel feature\n"
    "  exec, shell: the program's own; 126 it cannot be run, 127 there is none";

}  // namespace vinet::cli
