// Network namespaces that are bound to files, as ip-netns(8) does it, but marked before they have a
// name.
//
//   create: empty file -> [helper thread: unshare, mark lo, lo up, bind mount onto the file]
//
// Invariant: a file with a namespace on it has its mark. A process killed in between leaves an
// empty file, no more: the namespace without a name ends with its thread.
#include "kernel/linux_namespaces.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "kernel/names.h"

namespace vinet::kernel {
namespace {

/// Makes a directory and those above it; fine if they exist.
Status make_directories(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) {
      return errno_error("make directory " + part, errno);
    }
    if (slash == std::string::npos) return ok();
  }
}

/// Takes the file `path`, which no one else may have. The directory may go away meanwhile (`remove`
/// of another process), so it is made again.
Status take_file(const std::string& directory, const std::string& path) {
  for (int i = 0; i < 5; ++i) {
    TRY(make_directories(directory));
    const Fd file(open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0));
    if (file) return ok();
    if (errno != ENOENT) break;
  }
  return errno_error("make file " + path, errno);
}

Status mark_lo(NetlinkSocket& socket, const std::string& mark) {
  NetlinkMessage message(RTM_NEWLINK, 0);
  auto& header = message.header<ifinfomsg>();
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = 1;  // lo is always the first
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  message.put_alias(mark);
  TRY_IN("mark lo", socket.request(message));
  return ok();
}

}  // namespace

Result<std::vector<std::string>> LinuxNamespaces::list() {
  const std::string& directory = context_.netns_directory();
  const std::unique_ptr<DIR, int (*)(DIR*)> open_directory(opendir(directory.c_str()), closedir);
  if (!open_directory) {
    if (errno == ENOENT) return std::vector<std::string>{};
    return errno_error("list namespaces in " + directory, errno);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(open_directory.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN) names.push_back(name);
  }
  if (errno != 0) return errno_error("list namespaces in " + directory, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<bool> LinuxNamespaces::alive(const std::string& name) {
  TRY(check_namespace_name(name));
  return is_namespace_file(context_.path_of(name));
}

Status LinuxNamespaces::create(const std::string& name, const std::string& mark) {
  TRY(context_.calls().count("namespaces.create " + name));
  const std::string attempt = "create namespace " + name;
  TRY_IN(attempt, check_namespace_name(name));
  TRY_IN(attempt, check_alias(mark));
  const std::string path = context_.path_of(name);
  if (Status taken = take_file(context_.netns_directory(), path); !taken) {
    if (taken.error().code == Errc::kAlreadyExists) {
      return Error{Errc::kAlreadyExists, attempt + ": the name is taken (" + path + ")", EEXIST};
    }
    rmdir(context_.netns_directory().c_str());
    return std::move(taken).error().within(attempt);
  }
  Fd fd;
  std::optional<NetlinkSocket> route;
  Status made = on_own_thread([&]() -> Status {
    if (unshare(CLONE_NEWNET) != 0) {
      const int why = errno;  // ENOSPC: namespaces(7)
      return errno_error(
          why == ENOSPC ? "unshare: user.max_net_namespaces of sysctl is reached" : "unshare", why);
    }
    fd = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd) return errno_error("open /proc/thread-self/ns/net", errno);
    ASSIGN_OR_RETURN(route, NetlinkSocket::open());
    TRY(mark_lo(*route, mark));
    if (mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) {
      return errno_error("bind onto " + path, errno);
    }
    return ok();
  });
  if (!made) {
    unlink(path.c_str());
    rmdir(context_.netns_directory().c_str());
    return std::move(made).error().within(attempt);
  }
  context_.forget(name);
  context_.adopt(name, std::move(fd), *std::move(route));
  return ok();
}

Status LinuxNamespaces::remove(const std::string& name) {
  TRY(context_.calls().count("namespaces.remove " + name));
  const std::string attempt = "remove namespace " + name;
  TRY_IN(attempt, check_namespace_name(name));
  const std::string path = context_.path_of(name);
  context_.forget(name);
  while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
    // Several may lie on one another, each hides the one below.
  }
  if (errno != EINVAL && errno != ENOENT) return errno_error(attempt + ": unmount " + path, errno);
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return Error{Errc::kNotFound, attempt + ": there is none", ENOENT};
    return errno_error(attempt + ": delete " + path, errno);
  }
  rmdir(context_.netns_directory().c_str());  // fails, as it should, while other names are there
  return ok();
}

Status LinuxNamespaces::enter(const std::string& name, const std::function<Status()>& inside) {
  return context_.run_inside(name, inside);
}

}  // namespace vinet::kernel
