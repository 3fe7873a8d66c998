#include "cli/launcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "cli/compose.h"
#include "control/spawn.h"
#include "support/fd.h"

namespace vinet::cli {
namespace {

constexpr char kVariable[] = "VINET_RUN=";
constexpr char kSeparator = '\x1f';

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The value of VINET_RUN in a process's environment, or "".
std::string mark_of(const std::string& environment) {
  for (size_t at = 0; at < environment.size();) {
    const size_t end = std::min(environment.find('\0', at), environment.size());
    const std::string_view entry(environment.data() + at, end - at);
    if (entry.rfind(kVariable, 0) == 0) return std::string(entry.substr(sizeof kVariable - 1));
    at = end + 1;
  }
  return "";
}

class SpawnLauncher final : public control::Launcher {
 public:
  SpawnLauncher(std::string root, std::function<bool(const std::string&)> mine)
      : root_(std::move(root)), mine_(std::move(mine)) {}

  Result<pid_t> start(const std::string& node, const std::string& command) override {
    const std::string attempt = "run in " + node;
    Result<int> log = open_log(root_, node);
    if (!log) return std::move(log).error().within(attempt);
    const Fd output(*log);
    const std::string mark = kVariable + root_ + kSeparator + node + kSeparator + command;
    std::vector<std::string> words = {"vinet", "--no-daemon", "--root",  root_, "exec",
                                      node,    "--",          "/bin/sh", "-c",  command};
    std::vector<std::string> environment = control::own_environment();
    std::erase_if(environment, [](const auto& entry) { return entry.starts_with(kVariable); });
    environment.push_back(mark);
    control::Spawn spawn;
    spawn.open(0, "/dev/null", O_RDONLY).pass(output.get(), 1).pass(output.get(), 2);
    ASSIGN_OR_RETURN(const pid_t pid, spawn.run(attempt, "/proc/self/exe", std::move(words),
                                                std::move(environment)));
    children_.insert(pid);
    return pid;
  }

  std::optional<control::ProcessEnd> ended(pid_t pid) override {
    if (children_.count(pid) == 0) {
      // An earlier daemon's: seen to live as long as it carries its mark.
      if (!mark_of(read_file(fmt::format("/proc/{}/environ", pid))).empty()) return std::nullopt;
      return "ended";
    }
    int status = 0;
    const pid_t reaped = ::waitpid(pid, &status, WNOHANG);
    if (reaped == 0 || (reaped < 0 && errno == EINTR)) return std::nullopt;
    children_.erase(pid);
    if (reaped < 0) return "ended";
    if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
    return fmt::format("exit code {}", WEXITSTATUS(status));
  }

  void end(pid_t pid, bool force) override { ::kill(-pid, force ? SIGKILL : SIGTERM); }

  std::map<std::string, std::pair<pid_t, std::string>> find() override {
    std::map<std::string, std::pair<pid_t, std::string>> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    if (!proc) return found;
    const std::string ours = root_ + kSeparator;
    while (const dirent* entry = ::readdir(proc.get())) {
      pid_t pid = 0;
      const char* end = entry->d_name + std::strlen(entry->d_name);
      const auto [stop, error] = std::from_chars(entry->d_name, end, pid);
      if (error != std::errc() || stop != end || ::getsid(pid) != pid) continue;
      const std::string mark = mark_of(read_file(fmt::format("/proc/{}/environ", pid)));
      if (mark.rfind(ours, 0) != 0) continue;
      const size_t split = mark.find(kSeparator, ours.size());
      if (split == std::string::npos) continue;
      const std::string node = mark.substr(ours.size(), split - ours.size());
      if (mine_ && !mine_(node)) continue;
      found.try_emplace(node, pid, mark.substr(split + 1));
    }
    return found;
  }

 private:
  std::string root_;
  std::function<bool(const std::string&)> mine_;
  std::set<pid_t> children_;
};

}  // namespace

std::unique_ptr<control::Launcher> make_launcher(const std::string& root,
                                                 std::function<bool(const std::string&)> mine) {
  return std::make_unique<SpawnLauncher>(root, std::move(mine));
}

}  // namespace vinet::cli
