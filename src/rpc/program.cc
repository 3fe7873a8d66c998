#include "rpc/program.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "control/spawn.h"

namespace vinet::rpc {
namespace {

constexpr size_t kMostBytesOfWords = 1 << 20;  // the kernel takes little more

std::string name_of(const std::string& variable) {
  return variable.substr(0, variable.find('='));
}

bool is_text(const std::string& text) {
  return text.find('\0') == std::string::npos;
}

/// A qualified name; above all nothing that could be taken for an option.
bool is_node_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

/// Of anything that runs. A `-` is between the nodes of a link, never at the begin.
bool is_name_or_pattern(const std::string& name) {
  const auto fits = [](char c) {
    return is_node_name(std::string(1, c)) || c == '-' || c == ':' || c == '*' || c == '?';
  };
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), fits);
}

/// What the daemon has in its environment, less what is its own business, with the caller's.
std::vector<std::string> environment_for(const std::vector<std::string>& given) {
  static constexpr std::array<const char*, 5> kOwn = {"VINET_RUN", "NOTIFY_SOCKET", "INVOCATION_ID",
                                                      "JOURNAL_STREAM", "WATCHDOG_PID"};
  std::vector<std::string> all = given;
  const auto has = [&all](const std::string& name) {
    return std::any_of(all.begin(), all.end(),
                       [&](const std::string& one) { return name_of(one) == name; });
  };
  for (const std::string& entry : control::own_environment()) {
    const std::string name = name_of(entry);
    const bool own = std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
    // How the daemon talks to people says nothing about the caller.
    if (!own && !may_be_given(name) && !has(name)) all.push_back(entry);
  }
  passwd record{};
  passwd* found = nullptr;
  std::array<char, 4096> text{};
  if (!has("HOME") && ::getpwuid_r(::geteuid(), &record, text.data(), text.size(), &found) == 0 &&
      found != nullptr) {
    all.push_back(std::string("HOME=") + record.pw_dir);
  }
  if (!has("PATH"))
    all.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  return all;
}

Status make_pipe(Fd& read_end, Fd& write_end) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("make a pipe", errno);
  read_end = Fd(ends[0]);
  write_end = Fd(ends[1]);
  return ok();
}

void do_not_block(const Fd& fd) {
  if (fd) ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

struct Terminal {
  Fd master, slave;
  std::string path;
};

Result<Terminal> make_terminal(WindowSize window) {
  Terminal made;
  made.master = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!made.master) return errno_error("make a terminal", errno);
  std::array<char, 128> path{};
  if (::grantpt(made.master.get()) != 0 || ::unlockpt(made.master.get()) != 0 ||
      ::ptsname_r(made.master.get(), path.data(), path.size()) != 0) {
    return errno_error("make a terminal", errno);
  }
  made.path = path.data();
  made.slave = Fd(::open(path.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!made.slave) return errno_error("open " + made.path, errno);
  const winsize size{window.rows, window.columns, 0, 0};
  ::ioctl(made.slave.get(), TIOCSWINSZ, &size);
  return made;
}

bool is_directory(const std::string& path) {
  struct stat info {};
  return !path.empty() && path.front() == '/' && ::stat(path.c_str(), &info) == 0 &&
         S_ISDIR(info.st_mode);
}

}  // namespace

const std::vector<int>& passed_signals() {
  static const std::vector<int> kPassed = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                           SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT};
  return kPassed;
}

bool may_be_given(const std::string& name) {
  static constexpr std::array<const char*, 8> kNames = {
      "TERM", "COLORTERM", "NO_COLOR", "LANG", "LANGUAGE", "TZ", "PS1", "SHELL"};
  return name.rfind("LC_", 0) == 0 || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Status check(const CaptureRequest& request) {
  const auto bad = [](const std::string& what) {
    return Error{Errc::kInvalidArgument, "capture: " + what};
  };
  if (request.names.empty() == request.taps.empty()) return bad("of what?");
  size_t bytes = 0;
  for (const std::vector<std::string>* some : {&request.names, &request.taps}) {
    for (const std::string& name : *some) {
      bytes += name.size() + 1;
      if (!is_name_or_pattern(name)) return bad("'" + name + "' is no name");
    }
  }
  if (bytes > kMostBytesOfWords) return bad("more than 1 MiB of names");
  return ok();
}

Status check(const ProgramRequest& request) {
  if (request.capture) return check(*request.capture);
  const auto bad = [](const std::string& what) { return Error{Errc::kInvalidArgument, what}; };
  if (!is_node_name(request.node)) return bad("run a program: no name of a node");
  const std::string attempt = "run a program in " + request.node + ": ";
  if (request.words.empty() || request.words.front().empty()) return bad(attempt + "no program");
  size_t bytes = request.directory.size();
  for (const std::string& word : request.words) {
    bytes += word.size() + 1;
    if (!is_text(word)) return bad(attempt + "a NUL in a word");
  }
  for (const std::string& variable : request.environment) {
    bytes += variable.size() + 1;
    if (!is_text(variable) || variable.find('=') == std::string::npos) {
      return bad(attempt + "a variable without a value");
    }
    if (!may_be_given(name_of(variable))) {
      return bad(attempt + "the variable " + name_of(variable) + " cannot be given");
    }
  }
  if (!is_text(request.directory)) return bad(attempt + "a NUL in the directory");
  if (bytes > kMostBytesOfWords) return bad(attempt + "more than 1 MiB of words");
  return ok();
}

Result<Program> Program::spawn(const std::string& file, std::vector<std::string> words,
                               const ProgramRequest& request) {
  Program program;
  Terminal terminal;
  Fd their_input, their_output, their_error;
  if (request.terminal) {
    ASSIGN_OR_RETURN(terminal, make_terminal(request.window));
    program.input = Fd(::fcntl(terminal.master.get(), F_DUPFD_CLOEXEC, 3));
    if (!program.input) return errno_error("make a terminal", errno);
    program.output = std::move(terminal.master);
    program.terminal_ = std::move(terminal.slave);
  } else {
    TRY(make_pipe(their_input, program.input));
    TRY(make_pipe(program.output, their_output));
  }
  if (!request.terminal || request.own_error) TRY(make_pipe(program.error, their_error));
  do_not_block(program.input);
  do_not_block(program.output);
  do_not_block(program.error);

  control::Spawn spawn;
  if (request.terminal) {
    // The first terminal that the leader of a session opens is its controlling terminal.
    spawn.open(0, terminal.path.c_str(), O_RDWR).pass(0, 1);
  } else {
    spawn.pass(their_input.get(), 0).pass(their_output.get(), 1);
  }
  spawn.pass(their_error ? their_error.get() : 1, 2).close_from(3);
  spawn.work_in(is_directory(request.directory) ? request.directory : "/");
  const std::string attempt = request.capture ? "start a capture" : "run " + request.words.front();
  ASSIGN_OR_RETURN(program.pid_, spawn.run(attempt, file.c_str(), std::move(words),
                                           environment_for(request.environment)));
  program.process = Fd(static_cast<int>(::syscall(SYS_pidfd_open, program.pid_, 0)));
  if (!program.process) {
    const int why = errno;
    ::kill(program.pid_, SIGKILL);
    program.wait();
    return errno_error("hold process " + std::to_string(program.pid_), why);
  }
  return program;
}

void Program::set_window(WindowSize window) {
  const winsize size{window.rows, window.columns, 0, 0};
  if (terminal_) ::ioctl(terminal_.get(), TIOCSWINSZ, &size);
}

void Program::pass_on(int signal) {
  switch (signal) {
    case SIGTSTP:
      // The group has no shell above it, so that the kernel would not let SIGTSTP stop it.
      ::kill(-pid_, SIGSTOP);
      break;
    case SIGINT:
    case SIGQUIT:
    case SIGHUP:
    case SIGCONT:
      ::kill(-pid_, signal);
      break;
    case SIGTERM:
    case SIGUSR1:
    case SIGUSR2:
      ::kill(pid_, signal);
      break;
    default:
      break;
  }
}

void Program::signal_session(int signal) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr) {
    pid_t pid = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    const auto [stop, why] = std::from_chars(entry->d_name, end, pid);
    if (why == std::errc() && stop == end && ::getsid(pid) == pid_) ::kill(pid, signal);
  }
}

ProgramEnd Program::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace vinet::rpc
