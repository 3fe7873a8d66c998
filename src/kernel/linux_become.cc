// This process becomes a program inside a node.
//
// Order matters: the control group while /sys still shows it; the node's files are opened before
// its /run covers the directory they may lie in; network namespace, then a new sysfs, which shows
// the network of whoever mounts it. All mounts happen in a mount namespace of our own
// that nothing propagates out of. In a node of a tenant the user namespace comes last: from there
// on this process has no rights but over the node's network.
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "kernel/linux_processes.h"
#include "kernel/linux_tenants.h"

namespace vinet::kernel {
namespace {

void make_directories(const std::string& path, mode_t mode) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    mkdir(path.substr(0, slash).c_str(), mode);  // whether it worked is seen by who uses it
    if (slash == std::string::npos) return;
  }
}

/// A computer may have no cgroup2, or not let us use it; the program runs all the same.
void join_cgroup(const std::string& cgroup) {
  const std::string mount = cgroup_mount();
  if (mount.empty() || cgroup.empty()) return;
  const std::string path = mount + "/" + cgroup;
  make_directories(path, 0755);
  const Fd members(open((path + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (members && write(members.get(), "0", 1) != 1) return;
}

/// Namespace files are mounts, and a copy of the mount would keep the namespace alive as long as
/// this program runs.
Status let_go_of_namespaces(const std::string& directory) {
  ASSIGN_OR_RETURN(const auto mounts, list_mounts());
  for (const MountPoint& mount : mounts) {
    if (mount.type != "nsfs" || mount.path.rfind(directory + "/", 0) != 0) continue;
    if (umount2(mount.path.c_str(), MNT_DETACH) != 0 && errno != EINVAL && errno != ENOENT) {
      return errno_error("unmount " + mount.path, errno);
    }
  }
  return ok();
}

Status bind_over(const std::string& from, const std::string& onto) {
  if (mount(from.c_str(), onto.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    return errno_error("bind " + from + " onto " + onto, errno);
  }
  return ok();
}

/// A file of the node that is to lie over one of /etc. Both are found before the node's /run covers
/// the computer's: the node's files may lie there, and /etc/resolv.conf often is a link to a file
/// there.
struct Cover {
  Fd file;
  std::string target;  ///< where `file` goes, links followed
};

/// Adds to `covers`. Nothing is made in the computer's own /etc: what is not there stays so.
Status prepare_cover(const std::string& file, const std::string& onto, std::vector<Cover>& covers) {
  const std::unique_ptr<char, void (*)(void*)> target(realpath(onto.c_str(), nullptr), std::free);
  if (file.empty() || target == nullptr) return ok();
  Fd fd(open(file.c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return errno_error("open " + file, errno);
  covers.push_back({std::move(fd), target.get()});
  return ok();
}

/// In the node's own /run the target may have to be made first.
Status apply_cover(const Cover& cover) {
  if (cover.target.rfind("/run/", 0) == 0) {
    make_directories(cover.target.substr(0, cover.target.rfind('/')), 0755);
    const Fd made(open(cover.target.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0644));
  }
  return bind_over("/proc/self/fd/" + std::to_string(cover.file.get()), cover.target);
}

Status enter_node(const Execution& execution, int netns) {
  join_cgroup(execution.cgroup);
  if (setns(netns, CLONE_NEWNET) != 0) return errno_error("enter namespace", errno);
  if (unshare(CLONE_NEWNS | CLONE_NEWUTS) != 0) return errno_error("unshare", errno);
  if (sethostname(execution.hostname.c_str(), execution.hostname.size()) != 0) {
    return errno_error("set host name " + execution.hostname, errno);
  }
  // First slave: nothing we do goes out. Then private: nothing comes in, no namespace that is made
  // later either.
  if (mount("", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0 ||
      mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return errno_error("make mounts private", errno);
  }
  return ok();
}

Status furnish_node(const Execution& execution, const std::string& netns_directory) {
  TRY(let_go_of_namespaces(netns_directory));
  std::vector<Cover> covers;
  TRY(prepare_cover(execution.hosts_file, "/etc/hosts", covers));
  TRY(prepare_cover(execution.hostname_file, "/etc/hostname", covers));
  TRY(prepare_cover(execution.resolv_conf_file, "/etc/resolv.conf", covers));
  // Over the old one, so that a refusal (a container) leaves what was there.
  mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  if (!execution.run_directory.empty()) {
    make_directories(execution.run_directory, 0755);
    TRY(bind_over(execution.run_directory, "/run"));
  }
  for (const Cover& cover : covers) TRY(apply_cover(cover));
  return ok();
}

void forget_own_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Handlers end with exec; what is ignored stays so, which only for SIGPIPE was our own doing.
  signal(SIGPIPE, SIG_DFL);
}

}  // namespace

Error LinuxProcesses::become(const Execution& execution) {
  const std::string attempt =
      "run " + (execution.argv.empty() ? "" : execution.argv.front()) + " in " + execution.netns;
  if (execution.argv.empty()) return Error{Errc::kInvalidArgument, attempt + ": no program"};
  auto space = context_.open(execution.netns);
  Status inside = space ? enter_node(execution, (*space)->fd.get()) : std::move(space).error();
  // Found while the tenants' directory can still be seen; entered when nothing else is to be done.
  Tenancy tenancy;
  if (inside) {
    auto found = find_tenancy(context_.tenants_directory(), (*space)->fd.get());
    if (found) tenancy = *std::move(found);
    if (!found) inside = std::move(found).error();
  }
  if (inside) inside = furnish_node(execution, context_.netns_directory());
  if (inside) inside = become_tenant(tenancy, execution.run_directory.empty() ? "" : "/run");
  if (!inside) {
    Error error = std::move(inside).error().within(attempt);
    if (error.code == Errc::kNotFound) error.code = Errc::kFailedPrecondition;  // not the program
    return error;
  }
  forget_own_signals();
  context_.restore_descriptor_limit();
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  std::vector<char*> argv;
  for (const std::string& word : execution.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv.front(), argv.data());
  return errno_error(attempt, errno);
}

}  // namespace vinet::kernel
