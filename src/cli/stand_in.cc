#include "cli/stand_in.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace vinet::cli {
namespace {

constexpr std::array<int, 8> kCaught = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                        SIGUSR1, SIGUSR2, SIGTSTP, SIGWINCH};

// What a signal handler may touch.
volatile sig_atomic_t g_pipe = -1;
termios g_before{};

void on_signal(int signal) {
  const int saved = errno;
  const auto number = static_cast<unsigned char>(signal);
  (void)!::write(g_pipe, &number, 1);  // full: so many signals say no more than these
  errno = saved;
}

void set_raw() {
  termios raw = g_before;
  ::cfmakeraw(&raw);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

}  // namespace

Result<std::unique_ptr<StandIn>> StandIn::begin(bool raw) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno_error("make a pipe", errno);
  Fd read_end(ends[0]), write_end(ends[1]);
  if (raw && ::tcgetattr(STDIN_FILENO, &g_before) != 0) {
    return errno_error("ask for the terminal's settings", errno);
  }
  return std::unique_ptr<StandIn>(new StandIn(std::move(read_end), std::move(write_end), raw));
}

StandIn::StandIn(Fd read_end, Fd write_end, bool raw)
    : read_end_(std::move(read_end)), write_end_(std::move(write_end)), raw_(raw) {
  g_pipe = write_end_.get();
  catch_signals();
  ::signal(SIGPIPE, SIG_IGN);
  if (raw_) set_raw();
}

StandIn::~StandIn() {
  if (raw_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &g_before);
  for (const int signal : kCaught) {
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    if (now.sa_handler == on_signal) ::signal(signal, SIG_DFL);
  }
  ::signal(SIGPIPE, SIG_DFL);
  g_pipe = -1;
}

void StandIn::catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // no SA_RESTART: a write that waits shall not hold a signal up
  ::sigfillset(&action.sa_mask);
  for (const int signal : kCaught) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
}

void StandIn::suspend() {
  if (raw_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &g_before);
  ::raise(SIGSTOP);
  if (raw_) set_raw();
}

StandIn::Window StandIn::window() {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_row, size.ws_col};
}

}  // namespace vinet::cli
