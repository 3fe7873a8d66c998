// A child process for tests that need one: it runs a function and is always ended.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>

#include "support/fd.h"

namespace vinet::kernel {

class Child {
 public:
  /// Runs `work` in a child whose stdout is readable here; its result is the exit code.
  explicit Child(const std::function<int()>& work) {
    int ends[2];
    if (pipe(ends) != 0) return;
    output_ = Fd(ends[0]);
    const Fd input(ends[1]);
    pid_ = fork();
    if (pid_ != 0) return;
    dup2(input.get(), STDOUT_FILENO);
    _exit(work());
  }
  ~Child() {
    if (pid_ > 0 && !ended_) end(SIGKILL);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }

  /// Waits for its end; the exit code, or 128 + the signal that ended it.
  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int end(int signal) {
    kill(pid_, signal);
    return wait();
  }

  /// What it wrote, until it closes its end.
  std::string read_all() {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(output_.get(), buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  }
  /// Waits for its next line.
  std::string read_line() {
    std::string text;
    char c = 0;
    while (read(output_.get(), &c, 1) == 1 && c != '\n') text += c;
    return text;
  }

 private:
  pid_t pid_ = -1;
  Fd output_;
  bool ended_ = false;
};

}  // namespace vinet::kernel
