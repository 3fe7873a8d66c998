// The pump of an Exec: carries bytes, signals and the end between a program and its caller.
#pragma once

#include "rpc/exec_call.h"
#include "rpc/host.h"

namespace vinet::rpc {

/// Runs until the program has ended and the caller has been sent all of its output, or until the
/// caller is lost: then the program is ended, by SIGHUP and, if that does not help, by SIGKILL.
/// What the program leaves running when it ends goes on without a reader for its output.
Status serve_program(Host& host, ExecCall& call, const ProgramRequest& request);

}  // namespace vinet::rpc
