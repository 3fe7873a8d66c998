// Program: a process that runs for somebody at the other end of the wire, held by its descriptors.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::rpc {

struct WindowSize {
  uint16_t rows = 0, columns = 0;
};

/// A capture that a caller wants; 0 is no limit.
struct CaptureRequest {
  std::vector<std::string> names;  ///< of links, nodes, machines; patterns
  uint64_t most_packets = 0;
  uint64_t duration_us = 0;
  uint32_t snap_bytes = 0;
  /// In place of names: `line.A:B`, a node's device each. Output is a tap stream, no pcapng.
  std::vector<std::string> taps = {};
};

/// What a caller wants to be run, and how.
struct ProgramRequest {
  std::optional<CaptureRequest> capture;  ///< in place of a program in a node
  std::string node;                       ///< `fig11.A`
  std::vector<std::string> words;         ///< the program and its arguments
  std::vector<std::string> environment;   ///< `NAME=value`, in place of the daemon's own
  std::string directory;                  ///< where it starts; `/` if that is no directory
  bool terminal = false;                  ///< input and output are a terminal, else pipes
  bool own_error = false;                 ///< with a terminal: errors go into a pipe all the same
  WindowSize window;                      ///< of the terminal
};

struct ProgramEnd {
  int exit_code = 0;
  int signal = 0;  ///< that ended it; 0: none
};

/// What a caller may set in the environment of a program: how it talks to people. Not what makes
/// programs load or run others: the variables are there before the program is inside its node.
bool may_be_given(const std::string& name);

/// Bad words, names, variables; nothing is looked up. Errors: invalid_argument.
Status check(const CaptureRequest& request);
Status check(const ProgramRequest& request);

/// A process and our ends of its streams, which do not block. It leads a session of its own.
/// Whoever drops it without wait() leaves it running, and unreaped.
/// wait() is the last that may be asked of it: until then its number is nobody else's.
class Program {
 public:
  /// Runs `file` with these words; `request` says environment, directory and streams.
  static Result<Program> spawn(const std::string& file, std::vector<std::string> words,
                               const ProgramRequest& request);

  Fd input;          ///< to write; with a terminal, its master
  Fd output, error;  ///< to read; `error` is none where it goes to the terminal
  Fd process;        ///< a pidfd: readable once the program has ended
  bool has_terminal() const { return static_cast<bool>(terminal_); }

  void set_window(WindowSize window);
  /// As a terminal would: stop, interrupt and hang-up to the program's process group; others to the
  /// program alone. Signals that no caller sends are left out.
  void pass_on(int signal);
  /// To all processes of its session.
  void signal_session(int signal);
  /// Waits until it has ended, and reaps it.
  ProgramEnd wait();

 private:
  pid_t pid_ = 0;
  Fd terminal_;  ///< the slave, open until the end, so that no read fails before
};

/// The signals that a caller passes on, of those that it may get itself.
const std::vector<int>& passed_signals();

}  // namespace vinet::rpc
