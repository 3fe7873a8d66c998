#include "cli/interrupts.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace vinet::cli {
namespace {

// What a signal handler may touch.
volatile sig_atomic_t g_signals = 0;
volatile sig_atomic_t g_mode = 0;

constexpr std::array<int, 3> kEnding = {SIGINT, SIGTERM, SIGHUP};

void say(const char* text) {
  const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
  (void)written;  // nobody may be there to read it
}

void on_signal(int) {
  const int saved = errno;
  const bool first = g_signals == 0;
  g_signals = 1;
  switch (static_cast<Interrupts::Mode>(g_mode)) {
    case Interrupts::Mode::kUndo:
    case Interrupts::Mode::kLeave:
      say(first ? "\ninterrupted: undoing\n" : "\nstill undoing; this signal is ignored\n");
      break;
    case Interrupts::Mode::kFinish:
      say("\nthis command goes on to its end; the signal is ignored\n");
      break;
    case Interrupts::Mode::kStop:
      break;
  }
  errno = saved;
}

}  // namespace

Interrupts::Interrupts(Mode mode) {
  g_signals = 0;
  g_mode = static_cast<sig_atomic_t>(mode);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : kEnding) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (signal == SIGHUP && (mode == Mode::kLeave || before.sa_handler == SIG_IGN)) continue;
    ::sigaction(signal, &action, nullptr);
  }
  ::signal(SIGPIPE, SIG_IGN);
}

Interrupts::~Interrupts() {
  for (const int signal : kEnding) {
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    if (now.sa_handler == on_signal) ::signal(signal, SIG_DFL);
  }
  ::signal(SIGPIPE, SIG_DFL);
}

bool Interrupts::stopped() {
  return g_signals != 0;
}

}  // namespace vinet::cli
