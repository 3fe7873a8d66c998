// The caller's side of an Exec: this process's streams in the place of the program's own.
#pragma once

#include <functional>
#include <memory>

#include "rpc/program.h"
#include "support/result.h"

namespace grpc {
class Channel;
}

namespace vinet::rpc {

/// What the program is joined to.
struct CallerStreams {
  int input = 0, output = 1, error = 2;
  bool ends_with_reader = false;       ///< nobody reads output any more: learned at once, not when
                                       ///< there is something to be written
  int signals = -1;                    ///< to read: a byte for each signal that came, its number
  std::function<WindowSize()> window;  ///< of the terminal; asked after SIGWINCH
  std::function<void()> suspend;       ///< stops this process until somebody continues it
};

/// Client::run.
Result<ProgramEnd> run_program(const std::shared_ptr<grpc::Channel>& channel,
                               const ProgramRequest& request, const CallerStreams& streams);

}  // namespace vinet::rpc
