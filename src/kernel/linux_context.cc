// Keeps namespaces open, a bounded number of them: two descriptors each, and everything is let go
// when the bound is reached (a walk over more namespaces than that would miss a smarter cache just
// as often).
#include "kernel/linux_context.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "kernel/names.h"

namespace vinet::kernel {
namespace {

constexpr size_t kMaxOpen = 4096;

/// Sets the soft limit of descriptors. Returns what it was, 0 if unknown.
rlim_t set_descriptor_limit(const std::function<rlim_t(const rlimit&)>& choose) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = choose(limit);
  setrlimit(RLIMIT_NOFILE, &limit);
  return before;
}

/// Half of the descriptors, two each.
size_t open_bound() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 64;
  return std::min<size_t>(kMaxOpen, limit.rlim_cur / 4);
}

Status enter_netns(int fd) {
  if (setns(fd, CLONE_NEWNET) != 0) return errno_error("setns", errno);
  return ok();
}

}  // namespace

Status on_own_thread(const std::function<Status()>& work) {
  // A signal handler must run on a thread of the caller's, not here: the helper inherits a full
  // mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Status status = ok();
  try {
    std::thread([&] { status = work(); }).join();
  } catch (const std::system_error& error) {
    status = errno_error("start a helper thread", error.code().value());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return status;
}

bool is_namespace_file(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == NSFS_MAGIC;
}

LinuxContext::LinuxContext(std::string root) : netns_directory_(std::move(root)) {
  while (!netns_directory_.empty() && netns_directory_.back() == '/') netns_directory_.pop_back();
  tenants_directory_ = netns_directory_ + "/run/vinet/tenants";
  netns_directory_ += "/run/netns";
  // Thousands of namespaces need thousands of descriptors: as many as the hard limit allows.
  descriptor_limit_ = set_descriptor_limit([](const rlimit& limit) { return limit.rlim_max; });
}

void LinuxContext::restore_descriptor_limit() const {
  if (descriptor_limit_ == 0) return;
  set_descriptor_limit([this](const rlimit&) { return descriptor_limit_; });
}

Result<std::shared_ptr<OpenNamespace>> LinuxContext::open(const std::string& name) {
  if (!name.empty()) TRY(check_namespace_name(name));
  const std::string path = name.empty() ? "/proc/thread-self/ns/net" : path_of(name);
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    forget(name);
    if (errno == ENOENT) return Error{Errc::kNotFound, "no namespace " + name, ENOENT};
    return errno_error("open namespace " + name, errno);
  }
  if (const auto found = open_.find(name); found != open_.end()) {
    if (found->second->device == info.st_dev && found->second->inode == info.st_ino) {
      return found->second;
    }
    forget(name);
  }
  if (!is_namespace_file(path)) {
    return Error{Errc::kFailedPrecondition,
                 "namespace " + name + " is only an empty file (half made, or unmounted by hand)"};
  }
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("open namespace " + name, errno);
  std::optional<NetlinkSocket> route;
  Status opened = on_own_thread([&]() -> Status {
    TRY(enter_netns(fd.get()));
    ASSIGN_OR_RETURN(route, NetlinkSocket::open());
    return ok();
  });
  if (!opened) return std::move(opened).error().within("open namespace " + name);
  adopt(name, std::move(fd), *std::move(route));
  return open_.at(name);
}

bool LinuxContext::is_own(const std::string& name) const {
  struct stat own {};
  struct stat named {};
  return stat("/proc/self/ns/net", &own) == 0 && stat(path_of(name).c_str(), &named) == 0 &&
         own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

void LinuxContext::adopt(const std::string& name, Fd fd, NetlinkSocket route) {
  if (open_.size() >= open_bound()) open_.clear();
  struct stat info {};
  fstat(fd.get(), &info);  // cannot fail on a descriptor that we hold
  open_[name] = std::make_shared<OpenNamespace>(
      OpenNamespace{std::move(fd), std::move(route), info.st_dev, info.st_ino});
}

Status LinuxContext::run_inside(const std::string& name, const std::function<Status()>& inside) {
  ASSIGN_OR_RETURN(const auto space, open(name));
  return on_own_thread([&]() -> Status {
    TRY_IN("enter namespace " + name, enter_netns(space->fd.get()));
    return inside();
  });
}

void LinuxContext::forget(const std::string& name) {
  open_.erase(name);
  for (const auto& told : told_) told(name);
}

}  // namespace vinet::kernel
