// Interrupts: signals that ask a command to end do so at a point where it can end well.
#pragma once

namespace vinet::cli {

/// While one lives, SIGINT, SIGTERM and SIGHUP only set a flag and say what happens now, and
/// SIGPIPE is ignored. A SIGHUP that is ignored (nohup) stays so. One at a time in a process.
class Interrupts {
 public:
  enum class Mode {
    kUndo,    ///< the first one: undo; more are ignored
    kLeave,   ///< as kUndo, but a daemon does the work: SIGHUP ends the command and nothing else
    kFinish,  ///< all are ignored: the command goes on to its end
    kStop,    ///< the command stops; nothing to undo
  };
  explicit Interrupts(Mode mode);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Has one come?
  static bool stopped();
};

}  // namespace vinet::cli
