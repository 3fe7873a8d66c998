// failcalls: a library to be preloaded (LD_PRELOAD) into vinet. It counts, over all threads, the
// calls that can change something in the kernel or on disk, and does something to the n-th one
// before it happens.
//
//   FAILCALLS_LOG=FILE         a line "n call" for each; so a first run tells how many there are
//   FAILCALLS_AT=N             the one to treat
//   FAILCALLS_DO=error:ERRNO   it returns -1 with that errno (a number)
//               kill           SIGKILL to itself: no destructor runs (what `kill -9` at that very
//               moment does) signal:N       the signal is sent to the process; the call itself
//               happens wait:FILE      makes FILE.reached, then waits until FILE exists; then the
//               call happens
//
// For a daemon, whose start is not what is to be counted:
//
//   FAILCALLS_ARM=FILE         16 bytes, mapped: a number of calls (int64) and a signal (int32).
//   The
//                              number is counted down by calls that change something (of the
//                              kernel, a file, or a peer: kernel, store and RPC); at 0 the signal
//                              is sent to the calling thread, which has not made its call then.
//                              Whoever writes the number anew, arms it; 0 is not armed.
//
// It takes the place of strace's `inject`, whose counts are per thread, so that the same number is
// the same moment in every run.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::atomic<long> count{0};

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void raw_write(const std::string& path, const std::string& line) {
  static const auto raw = next<long (*)(long, ...)>("syscall");
  const long fd =
      raw(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  raw(SYS_write, fd, line.data(), line.size());
  raw(SYS_close, fd);
}

struct Armed {
  std::atomic<int64_t> left;
  std::atomic<int32_t> signal;
};
static_assert(std::atomic<int64_t>::is_always_lock_free);

Armed* map_armed() {
  const char* file = std::getenv("FAILCALLS_ARM");
  if (file == nullptr) return nullptr;
  static const auto raw = next<long (*)(long, ...)>("syscall");
  const int fd = static_cast<int>(raw(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC));
  if (fd < 0) return nullptr;
  void* memory = mmap(nullptr, sizeof(Armed), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  raw(SYS_close, fd);
  return memory == MAP_FAILED ? nullptr : static_cast<Armed*>(memory);
}

/// Where calls are counted down: not armed as a rule.
Armed* armed() {
  static Armed* const mapped = map_armed();
  return mapped != nullptr && mapped->left > 0 ? mapped : nullptr;
}

/// Counts one call that changes something down.
void count_down() {
  Armed* const arm = armed();
  if (arm == nullptr) return;
  int64_t left = arm->left;
  while (left > 0 && !arm->left.compare_exchange_weak(left, left - 1)) continue;
  if (left != 1) return;
  const int saved = errno;
  static const auto raw = next<long (*)(long, ...)>("syscall");
  raw(SYS_tgkill, getpid(), raw(SYS_gettid), static_cast<int>(arm->signal));
  errno = saved;
}

/// Does a message sent here change something? All do but what only asks the kernel for links,
/// addresses and the like: of rtnetlink's types, RTM_GET... have these two bits.
bool changes(int fd, const void* data, size_t size) {
  int domain = 0;
  socklen_t length = sizeof domain;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) return false;
  if (domain != AF_NETLINK || size < sizeof(nlmsghdr)) return domain != AF_NETLINK;
  nlmsghdr header;
  std::memcpy(&header, data, sizeof header);
  return (header.nlmsg_type & 3) != 2;
}

bool changes_bpf(long command) {
  return command == BPF_MAP_CREATE || command == BPF_MAP_UPDATE_ELEM ||
         command == BPF_MAP_DELETE_ELEM || command == BPF_MAP_UPDATE_BATCH ||
         command == BPF_MAP_DELETE_BATCH || command == BPF_PROG_LOAD || command == BPF_LINK_CREATE;
}

/// Counts one call; true if it must fail, with errno set.
bool must_fail(const char* call) {
  const long n = ++count;
  const int saved = errno;
  if (const char* log = std::getenv("FAILCALLS_LOG"))
    raw_write(log, std::to_string(n) + " " + call + "\n");
  errno = saved;
  const char* at = std::getenv("FAILCALLS_AT");
  if (at == nullptr || std::atol(at) != n) return false;
  const std::string action = std::getenv("FAILCALLS_DO") ? std::getenv("FAILCALLS_DO") : "";
  if (action == "kill") kill(getpid(), SIGKILL);
  if (action.rfind("signal:", 0) == 0) kill(getpid(), std::atoi(action.c_str() + 7));
  if (action.rfind("wait:", 0) == 0) {
    const std::string file = action.substr(5);
    raw_write(file + ".reached", "");
    while (access(file.c_str(), F_OK) != 0) usleep(1000);
  }
  errno = saved;
  if (action.rfind("error:", 0) != 0) return false;
  errno = std::atoi(action.c_str() + 6);
  return true;
}

/// Is it a file (also one below /proc/sys), not the terminal, a pipe or a socket?
bool is_file(int fd) {
  struct stat s {};
  return fd > 2 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

}  // namespace

extern "C" {

/// `door`: 1 for what changes something by itself.
#define FAILCALLS_WRAP(door, name, parameters, arguments)    \
  int name parameters {                                      \
    static const auto real = next<int(*) parameters>(#name); \
    if ((door) != 0) count_down();                           \
    return must_fail(#name) ? -1 : real arguments;           \
  }

FAILCALLS_WRAP(1, mount,
               (const char* a, const char* b, const char* c, unsigned long d, const void* e),
               (a, b, c, d, e))
FAILCALLS_WRAP(1, umount2, (const char* a, int b), (a, b))
FAILCALLS_WRAP(1, unshare, (int a), (a))
FAILCALLS_WRAP(0, setns, (int a, int b), (a, b))
FAILCALLS_WRAP(0, socket, (int a, int b, int c), (a, b, c))
FAILCALLS_WRAP(1, mkdir, (const char* a, mode_t b), (a, b))
FAILCALLS_WRAP(1, mkdirat, (int d, const char* a, mode_t b), (d, a, b))
FAILCALLS_WRAP(1, rename, (const char* a, const char* b), (a, b))
FAILCALLS_WRAP(1, unlink, (const char* a), (a))
FAILCALLS_WRAP(1, unlinkat, (int d, const char* a, int b), (d, a, b))
FAILCALLS_WRAP(1, rmdir, (const char* a), (a))
FAILCALLS_WRAP(1, remove, (const char* a), (a))

/// SQLite's, which are only counted down: its store has tests of its own for each that fails
/// (unit_control F66).
#define FAILCALLS_COUNT(type, name, parameters, arguments)    \
  type name parameters {                                      \
    static const auto real = next<type(*) parameters>(#name); \
    if (armed() != nullptr) count_down();                     \
    return real arguments;                                    \
  }
FAILCALLS_COUNT(ssize_t, pwrite64, (int a, const void* b, size_t c, off_t d), (a, b, c, d))
FAILCALLS_COUNT(int, fdatasync, (int a), (a))
FAILCALLS_COUNT(int, fsync, (int a), (a))

ssize_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  static const auto real =
      next<ssize_t (*)(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
  if (armed() != nullptr && changes(fd, data, size)) count_down();
  return must_fail("sendto") ? -1 : real(fd, data, size, flags, to, length);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static const auto real = next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  if (armed() != nullptr && message->msg_iovlen > 0 &&
      changes(fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len)) {
    count_down();
  }
  return must_fail("sendmsg") ? -1 : real(fd, message, flags);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, int)>("send");
  if (armed() != nullptr && changes(fd, data, size)) count_down();
  return must_fail("send") ? -1 : real(fd, data, size, flags);
}

ssize_t write(int fd, const void* data, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (armed() != nullptr && is_file(fd)) count_down();
  return is_file(fd) && must_fail("write") ? -1 : real(fd, data, size);
}

ssize_t writev(int fd, const iovec* parts, int count_of_parts) {
  static const auto real = next<ssize_t (*)(int, const iovec*, int)>("writev");
  if (armed() != nullptr && is_file(fd)) count_down();
  return is_file(fd) && must_fail("writev") ? -1 : real(fd, parts, count_of_parts);
}

/// libbpf makes its calls through syscall(2).
long syscall(long number, ...) {
  static const auto real = next<long (*)(long, ...)>("syscall");
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& value : a) value = va_arg(list, long);
  va_end(list);
  if (number == SYS_bpf) {
    if (changes_bpf(a[0])) count_down();
    if (must_fail("bpf")) return -1;
  }
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int open(const char* path, int flags, ...) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & O_CREAT) ? va_arg(list, mode_t) : 0;
  va_end(list);
  if (flags & O_CREAT) count_down();
  if ((flags & O_CREAT) && must_fail("open")) return -1;
  return real(path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
  static const auto real = next<int (*)(int, const char*, int, ...)>("openat");
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & O_CREAT) ? va_arg(list, mode_t) : 0;
  va_end(list);
  if (flags & O_CREAT) count_down();
  if ((flags & O_CREAT) && must_fail("openat")) return -1;
  return real(directory, path, flags, mode);
}

}  // extern "C"
