// Which processes are in a namespace, and ending them.
//
// A process counts by its main thread's namespace: a thread that only visits one (as vinet's own
// helpers do) does not make its process a part of the node. This process, pid 1, and whoever is in
// the same namespace as this process are never touched.
#include "kernel/linux_processes.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <memory>

namespace vinet::kernel {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kGrace{1000};
constexpr milliseconds kPoll{5};

using NamespaceIds = std::set<std::pair<dev_t, ino_t>>;

std::optional<std::pair<dev_t, ino_t>> id_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return std::pair{info.st_dev, info.st_ino};
}

std::string netns_of(pid_t pid) {
  return "/proc/" + std::to_string(pid) + "/ns/net";
}

/// Ids of the namespaces that live; names without one are passed by.
NamespaceIds ids_of(const LinuxContext& context, const std::vector<std::string>& namespaces) {
  NamespaceIds ids;
  for (const std::string& name : namespaces) {
    const std::string path = context.path_of(name);
    if (name.empty() || !is_namespace_file(path)) continue;
    if (const auto id = id_of(path)) ids.insert(*id);
  }
  if (const auto own = id_of("/proc/self/ns/net")) ids.erase(*own);
  return ids;
}

bool is_inside(pid_t pid, const NamespaceIds& ids) {
  const auto id = id_of(netns_of(pid));
  return id && ids.count(*id) > 0;
}

Result<std::vector<pid_t>> find_processes(const NamespaceIds& ids) {
  std::vector<pid_t> found;
  if (ids.empty()) return found;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (!proc) return errno_error("list processes", errno);
  while (const dirent* entry = readdir(proc.get())) {
    const char* end = entry->d_name + std::strlen(entry->d_name);
    pid_t pid = 0;
    const auto [stop, error] = std::from_chars(entry->d_name, end, pid);
    if (error != std::errc{} || stop != end || pid <= 1 || pid == getpid()) continue;
    if (is_inside(pid, ids)) found.push_back(pid);
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Signals a process if it still is one of those: between the look and the kill its number may have
/// been given to another, so it is held by a descriptor and looked at again.
void signal_inside(pid_t pid, const NamespaceIds& ids, int signal) {
  const Fd handle(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!handle && errno != ENOSYS) return;  // gone
  if (!is_inside(pid, ids)) return;
  if (handle) {
    syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0);
  } else {
    kill(pid, signal);
  }
}

void pause_for(milliseconds time) {
  const timespec length{time.count() / 1000, time.count() % 1000 * 1'000'000};
  nanosleep(&length, nullptr);
}

}  // namespace

Result<std::vector<pid_t>> LinuxProcesses::list(const std::vector<std::string>& namespaces) {
  return find_processes(ids_of(context_, namespaces));
}

Status LinuxProcesses::end_all(const std::vector<std::string>& namespaces, milliseconds deadline) {
  TRY(context_.calls().count("processes.end_all " + std::to_string(namespaces.size())));
  for (const std::string& name : namespaces) {
    if (!context_.is_own(name)) continue;
    return Error{Errc::kFailedPrecondition,
                 "end processes in " + name + ": this very process is there, with its computer's"};
  }
  const NamespaceIds ids = ids_of(context_, namespaces);
  const auto start = Clock::now();
  const milliseconds grace = std::min(kGrace, deadline / 2);
  std::set<pid_t> asked;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<pid_t> left, find_processes(ids));
    if (left.empty()) return ok();
    const auto elapsed = Clock::now() - start;
    if (elapsed > deadline) {
      return Error{Errc::kUnavailable, "end processes: " + std::to_string(left.size()) +
                                           " still live, the first is " +
                                           std::to_string(left.front())};
    }
    for (const pid_t pid : left) {
      if (elapsed >= grace) {
        signal_inside(pid, ids, SIGKILL);
      } else if (asked.insert(pid).second) {
        signal_inside(pid, ids, SIGTERM);
        signal_inside(pid, ids, SIGCONT);  // a stopped process hears no SIGTERM
      }
    }
    pause_for(kPoll);
  }
}

}  // namespace vinet::kernel
