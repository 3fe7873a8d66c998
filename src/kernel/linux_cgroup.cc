// Control groups: `vinet/<internet>/<node>` below the cgroup2 mount, so that what a node runs can
// be counted, limited, and ended even where it moved itself to another network namespace.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

#include "kernel/linux_processes.h"
#include "kernel/names.h"

namespace vinet::kernel {
namespace {

constexpr std::chrono::milliseconds kDeadline{3000};

/// Mount tables write space, tab, newline and backslash as \ooo.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::vector<std::string> subdirectories(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (!directory) return names;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.push_back(name);
  }
  return names;
}

/// Kills what is in a group and below it.
void kill_group(const std::string& path) {
  const Fd all(open((path + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
  if (all && write(all.get(), "1", 1) == 1) return;
  for (const std::string& name : subdirectories(path)) kill_group(path + "/" + name);
  std::ifstream processes(path + "/cgroup.procs");
  for (pid_t pid = 0; processes >> pid;) {
    if (pid > 1 && pid != getpid()) kill(pid, SIGKILL);
  }
}

/// Removes a group and those below. Errors: EBUSY while a process is in one.
Status remove_group(const std::string& path) {
  for (const std::string& name : subdirectories(path)) TRY(remove_group(path + "/" + name));
  if (rmdir(path.c_str()) != 0 && errno != ENOENT) return errno_error("rmdir " + path, errno);
  return ok();
}

}  // namespace

Result<std::vector<MountPoint>> list_mounts() {
  std::ifstream table("/proc/self/mountinfo");
  if (!table) return errno_error("open /proc/self/mountinfo", errno);
  std::vector<MountPoint> mounts;
  for (std::string line; std::getline(table, line);) {
    // id parent major:minor root PATH options [fields] - TYPE source options
    std::istringstream fields(line);
    std::string skipped;
    MountPoint mount;
    fields >> skipped >> skipped >> skipped >> skipped >> mount.path;
    while (fields >> skipped && skipped != "-") {
    }
    fields >> mount.type;
    mount.path = unescaped(mount.path);
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::string cgroup_mount() {
  const auto mounts = list_mounts();
  if (!mounts) return "";
  for (const MountPoint& mount : *mounts) {
    if (mount.type == "cgroup2") return mount.path;
  }
  return "";
}

Status LinuxProcesses::remove_cgroups(const std::string& owner) {
  TRY(context_.calls().count("processes.remove_cgroups " + owner));
  TRY(check_namespace_name(owner));
  const std::string mount = cgroup_mount();
  if (mount.empty()) return ok();
  const std::string path = mount + "/vinet/" + owner;
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  Status removed = ok();
  do {
    if (access(path.c_str(), F_OK) != 0) break;
    kill_group(path);
    removed = remove_group(path);
    if (removed || removed.error().sys_errno != EBUSY) break;
    const timespec pause{0, 5'000'000};
    nanosleep(&pause, nullptr);
  } while (std::chrono::steady_clock::now() < end);
  if (!removed) return std::move(removed).error().within("remove control groups of " + owner);
  rmdir((mount + "/vinet").c_str());  // fails, as it should, while others have groups there
  return ok();
}

}  // namespace vinet::kernel
