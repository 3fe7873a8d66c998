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

#include "kernel/linux_tenants.h"
#include "kernel/names.h"

namespace vinet::kernel {
namespace {

/// Of the main thread. Whatever its other threads do, this is where a process is.
constexpr const char* kOwnNamespace = "/proc/self/ns/net";

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

Status write_setting(const std::string& path, const std::string& value) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return errno_error("open " + path, errno);
  if (write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
    return errno_error("write " + value + " to " + path, errno);
  }
  return ok();
}

/// As it is in a namespace that nobody has made a machine.
Status give_lo_back() {
  const std::string settings = "/proc/sys/net/ipv4/conf/";
  const Fd all(open((settings + "all/forwarding").c_str(), O_RDONLY | O_CLOEXEC));
  char forwards = '0';
  if (!all || read(all.get(), &forwards, 1) != 1) {
    return errno_error("read " + settings + "all/forwarding", errno);
  }
  TRY(write_setting(settings + "lo/accept_local", "0"));
  return write_setting(settings + "lo/forwarding", std::string(1, forwards));
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
  return make("create namespace " + name, name, mark, []() -> Status {
    if (unshare(CLONE_NEWNET) == 0) return ok();
    const int why = errno;  // ENOSPC: namespaces(7)
    return errno_error(
        why == ENOSPC ? "unshare: user.max_net_namespaces of sysctl is reached" : "unshare", why);
  });
}

Status LinuxNamespaces::create_for(const std::string& tenant, const std::string& name,
                                   const std::string& mark) {
  TRY(context_.calls().count("namespaces.create_for " + name));
  const std::string attempt = "create namespace " + name + " of tenant " + tenant;
  TRY_IN(attempt, check_namespace_name(tenant));
  return make(attempt, name, mark, [&]() -> Status {
    ASSIGN_OR_RETURN(const Fd space, make_namespace_of(context_.tenants_directory(), tenant));
    if (setns(space.get(), CLONE_NEWNET) == 0) return ok();
    return errno_error("enter the namespace", errno);
  });
}

Status LinuxNamespaces::make(const std::string& attempt, const std::string& name,
                             const std::string& mark, const std::function<Status()>& unshared) {
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
    TRY(unshared());
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

Status LinuxNamespaces::create_own(const std::string& name) {
  TRY(context_.calls().count("namespaces.create_own " + name));
  const std::string attempt = "name the own namespace " + name;
  TRY_IN(attempt, check_namespace_name(name));
  const std::string path = context_.path_of(name);
  if (Status taken = take_file(context_.netns_directory(), path); !taken) {
    const bool exists = taken.error().code == Errc::kAlreadyExists;
    if (exists) {
      return Error{Errc::kAlreadyExists, attempt + ": the name is taken (" + path + ")", EEXIST};
    }
    rmdir(context_.netns_directory().c_str());
    return std::move(taken).error().within(attempt);
  }
  context_.forget(name);
  if (mount(kOwnNamespace, path.c_str(), "none", MS_BIND, nullptr) == 0) return ok();
  Error error = errno_error(attempt + ": bind onto " + path, errno);
  unlink(path.c_str());
  rmdir(context_.netns_directory().c_str());
  return error;
}

Result<bool> LinuxNamespaces::is_own(const std::string& name) {
  TRY(check_namespace_name(name));
  return context_.is_own(name);
}

Status LinuxNamespaces::remove(const std::string& name) {
  TRY(context_.calls().count("namespaces.remove " + name));
  const std::string attempt = "remove namespace " + name;
  TRY_IN(attempt, check_namespace_name(name));
  const std::string path = context_.path_of(name);
  if (context_.is_own(name)) TRY_IN(attempt, context_.run_inside(name, give_lo_back));
  context_.forget(name);
  while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
    // Several may lie on one another, each hides the one below.
  }
  if (errno != EINVAL && errno != ENOENT) return errno_error(attempt + ": unmount " + path, errno);
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return Error{Errc::kNotFound, attempt + ": there is none", ENOENT};
    return errno_error(attempt + ": delete " + path, errno);
  }
  // Fails, as it should, while other names are there.
  if (rmdir(context_.netns_directory().c_str()) == 0) forget_tenants(context_.tenants_directory());
  return ok();
}

Status LinuxNamespaces::enter(const std::string& name, const std::function<Status()>& inside) {
  return context_.run_inside(name, inside);
}

}  // namespace vinet::kernel
