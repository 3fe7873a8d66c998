#include "cli/start_daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "control/spawn.h"
#include "rpc/socket.h"

namespace vinet::cli {
namespace {

constexpr int kPatienceMs = 10'000;
constexpr int kReadyFd = 3;

/// What the daemon says when it is ready ("") or why it is not.
Result<std::string> read_word(int fd) {
  std::string word;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{fd, POLLIN, 0};
    const int n = ::poll(&ready, 1, std::max<int>(0, static_cast<int>(left.count())));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Error{Errc::kUnavailable, "start the daemon: it is not ready after 10 s"};
    char text[4096];
    const ssize_t got = ::read(fd, text, sizeof text);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("start the daemon", errno);
    if (got == 0) return word;
    word.append(text, static_cast<size_t>(got));
  }
}

/// How a daemon has ended that said nothing; nothing if it lives. What it held is closed a moment
/// before its parent can see that it has ended.
std::optional<std::string> end_of(pid_t pid) {
  constexpr int kLooks = 100;
  constexpr std::chrono::milliseconds kPause{10};
  for (int look = 0; look < kLooks; ++look) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      return WIFSIGNALED(status) ? fmt::format("it was ended by signal {}", WTERMSIG(status))
                                 : fmt::format("it ended with code {}", WEXITSTATUS(status));
    }
    std::this_thread::sleep_for(kPause);
  }
  return std::nullopt;
}

Result<pid_t> spawn(const std::string& root, int ready) {
  control::Spawn daemon;
  daemon.pass(ready, kReadyFd);
  for (const int fd : {0, 1, 2}) daemon.open(fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
  daemon.close_from(kReadyFd + 1);
  return daemon.run("start the daemon", "/proc/self/exe",
                    {"vinet", "--root", root, "daemon", "--background", std::to_string(::getpid())},
                    control::own_environment());
}

}  // namespace

Result<Fd> start_daemon(const std::string& root, const std::string& state_directory) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("start the daemon: make a pipe", errno);
  const Fd ours(ends[0]);
  Fd theirs(ends[1]);
  // dup2 onto itself would leave it to be closed at exec.
  if (theirs.get() == kReadyFd) theirs = Fd(::fcntl(kReadyFd, F_DUPFD_CLOEXEC, kReadyFd + 1));
  ASSIGN_OR_RETURN(const pid_t pid, spawn(root, theirs.get()));
  theirs.reset();
  ASSIGN_OR_RETURN(const std::string word, read_word(ours.get()));
  const std::string path = rpc::socket_of(state_directory);
  Result<Fd> connected = rpc::connect(path);  // also to one that was quicker than ours
  if (connected) return connected;
  const std::string why = !word.empty() ? word : end_of(pid).value_or(connected.error().message);
  return Error{Errc::kUnavailable, "start the daemon: " + why};
}

}  // namespace vinet::cli
