// User namespaces are made by a child, because a process with threads may not enter one.
//
//   parent                                child
//   fork ------------------------------>  unshare(user), or setns(user) and unshare(net)
//         <----------------------- "."
//   writes its maps, binds /proc/CHILD/ns
//   closes the pipe ------------------->  ends
#include "kernel/linux_tenants.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "support/hash.h"

namespace vinet::kernel {
namespace {

constexpr uint32_t kFirstNumber = 1'000'000'000;  // above what computers give to people
constexpr uint32_t kNumbersEach = 65'536;
constexpr uint32_t kMostTenants = 50'000;  // what fits below 2^32

/// A child that does something and then waits until this value goes.
class Child {
 public:
  /// `act` is called in the child, after a fork of a process that may have threads: it may only
  /// make system calls. Returns 0 or an errno.
  static Result<Child> start(const std::function<int()>& act) {
    int ready[2], stay[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return errno_error("pipe", errno);
    const Fd ready_read(ready[0]);
    Fd ready_write(ready[1]);
    if (pipe2(stay, O_CLOEXEC) != 0) return errno_error("pipe", errno);
    Fd stay_read(stay[0]);
    Child child;
    child.stay_ = Fd(stay[1]);
    child.pid_ = fork();
    if (child.pid_ < 0) return errno_error("fork", errno);
    if (child.pid_ == 0) {
      close(stay[1]);
      const int result = act();
      char byte = 0;
      if (write(ready[1], &result, sizeof result) == sizeof result && result == 0) {
        while (read(stay[0], &byte, 1) < 0 && errno == EINTR) {
        }
      }
      _exit(0);
    }
    ready_write = Fd();
    int result = 0;
    ssize_t got = 0;
    while ((got = read(ready_read.get(), &result, sizeof result)) < 0 && errno == EINTR) {
    }
    if (got != sizeof result) return Error{Errc::kInternal, "the child has ended"};
    if (result == 0) return child;
    return errno_error(result == ENOSPC ? "a limit of namespaces (sysctl user.max_*_namespaces)"
                                        : "make a namespace",
                       result);
  }

  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), stay_(std::move(other.stay_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    stay_ = Fd();
    if (pid_ <= 0) return;
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  std::string proc() const { return "/proc/" + std::to_string(pid_); }

 private:
  Child() = default;
  pid_t pid_ = 0;
  Fd stay_;
};

Status write_file(const std::string& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return errno_error("open " + path, errno);
  if (write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return ok();
  return errno_error("write " + path, errno);
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open_directory(opendir(directory.c_str()), closedir);
  if (!open_directory) return names;
  while (const dirent* entry = readdir(open_directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

/// The number outside of a tenant's root; 0 if it is not known.
uint32_t first_of(const std::string& directory, const std::string& tenant) {
  const Fd file(open((directory + "/" + tenant + "/first").c_str(), O_RDONLY | O_CLOEXEC));
  char text[16] = {};
  const ssize_t size = file ? read(file.get(), text, sizeof text - 1) : -1;
  uint32_t first = 0;
  if (size > 0) std::from_chars(text, text + size, first);
  return first;
}

/// Numbers that no other tenant here has. Where they begin depends on the names, so that tenants of
/// two roots of a computer hardly ever share any.
uint32_t choose_first(const std::string& directory, const std::string& tenant) {
  std::set<uint32_t> taken;
  for (const std::string& name : names_in(directory)) taken.insert(first_of(directory, name));
  auto index = static_cast<uint32_t>(stable_hash(directory + "/" + tenant) % kMostTenants);
  for (uint32_t tries = 0; tries < kMostTenants; ++tries, index = (index + 1) % kMostTenants) {
    const uint32_t first = kFirstNumber + index * kNumbersEach;
    if (!taken.contains(first)) return first;
  }
  return 0;
}

Status make_user_namespace(const std::string& directory, const std::string& tenant) {
  const uint32_t first = choose_first(directory, tenant);
  if (first == 0) return Error{Errc::kResourceExhausted, "there are too many tenants"};
  const std::string own = directory + "/" + tenant;
  for (size_t slash = own.find('/', 1);; slash = own.find('/', slash + 1)) {
    const std::string part = own.substr(0, slash);
    if (mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) {
      return errno_error("make directory " + part, errno);
    }
    if (slash == std::string::npos) break;
  }
  TRY(write_file(own + "/first", std::to_string(first)));
  TRY(write_file(own + "/user", ""));
  ASSIGN_OR_RETURN(const Child child,
                   Child::start([] { return unshare(CLONE_NEWUSER) == 0 ? 0 : errno; }));
  const std::string map = "0 " + std::to_string(first) + " " + std::to_string(kNumbersEach);
  TRY(write_file(child.proc() + "/uid_map", map));
  TRY(write_file(child.proc() + "/gid_map", map));
  if (mount((child.proc() + "/ns/user").c_str(), (own + "/user").c_str(), nullptr, MS_BIND,
            nullptr) != 0) {
    return errno_error("bind onto " + own + "/user", errno);
  }
  return ok();
}

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Is it a namespace, and not the empty file of a process that was killed before?
bool is_namespace(int fd) {
  return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWUSER;
}

}  // namespace

Result<Fd> make_namespace_of(const std::string& directory, const std::string& tenant) {
  const std::string path = directory + "/" + tenant + "/user";
  Fd user(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!user || !is_namespace(user.get())) {
    TRY(make_user_namespace(directory, tenant));
    user = Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!user) return errno_error("open " + path, errno);
  }
  ASSIGN_OR_RETURN(const Child child, Child::start([&user] {
                     if (setns(user.get(), CLONE_NEWUSER) != 0) return errno;
                     return unshare(CLONE_NEWNET) == 0 ? 0 : errno;
                   }));
  const std::string made = child.proc() + "/ns/net";
  Fd space(open(made.c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) return errno_error("open " + made, errno);
  return space;
}

void forget_tenants(const std::string& directory) {
  for (const std::string& tenant : names_in(directory)) {
    const std::string own = directory + "/" + tenant;
    while (umount2((own + "/user").c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
    }
    unlink((own + "/user").c_str());
    unlink((own + "/first").c_str());
    rmdir(own.c_str());
  }
  rmdir(directory.c_str());
}

Result<Tenancy> find_tenancy(const std::string& tenants_directory, int netns) {
  Tenancy tenancy;
  Fd user(ioctl(netns, NS_GET_USERNS));
  // One above that in which this process is cannot be seen, and need not be entered.
  if (!user && errno == EPERM) return tenancy;
  struct stat theirs {};
  struct stat ours {};
  if (!user || fstat(user.get(), &theirs) != 0 || stat("/proc/self/ns/user", &ours) != 0) {
    return errno_error("find the user namespace of the node", errno);
  }
  if (same_file(theirs, ours)) return tenancy;
  tenancy.user = std::move(user);
  for (const std::string& tenant : names_in(tenants_directory)) {
    struct stat known {};
    const std::string path = tenants_directory + "/" + tenant + "/user";
    if (stat(path.c_str(), &known) == 0 && same_file(known, theirs)) {
      tenancy.first = first_of(tenants_directory, tenant);
    }
  }
  return tenancy;
}

Status become_tenant(const Tenancy& tenancy, const std::string& directory) {
  if (!tenancy.user) return ok();
  if (!directory.empty() && tenancy.first != 0 &&
      chown(directory.c_str(), tenancy.first, tenancy.first) != 0) {
    return errno_error("give " + directory + " to the tenant", errno);
  }
  if (setns(tenancy.user.get(), CLONE_NEWUSER) != 0) {
    return errno_error("enter the user namespace of the node", errno);
  }
  if (setgroups(0, nullptr) != 0 || setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0) {
    return errno_error("become root of the user namespace", errno);
  }
  return ok();
}

}  // namespace vinet::kernel
