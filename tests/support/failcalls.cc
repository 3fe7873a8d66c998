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
// It takes the place of strace's `inject`, whose counts are per thread, so that the same number is
// the same moment in every run.
#include <dlfcn.h>
#include <fcntl.h>
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

#define FAILCALLS_WRAP(name, parameters, arguments)          \
  int name parameters {                                      \
    static const auto real = next<int(*) parameters>(#name); \
    return must_fail(#name) ? -1 : real arguments;           \
  }

FAILCALLS_WRAP(mount, (const char* a, const char* b, const char* c, unsigned long d, const void* e),
               (a, b, c, d, e))
FAILCALLS_WRAP(umount2, (const char* a, int b), (a, b))
FAILCALLS_WRAP(unshare, (int a), (a))
FAILCALLS_WRAP(setns, (int a, int b), (a, b))
FAILCALLS_WRAP(socket, (int a, int b, int c), (a, b, c))
FAILCALLS_WRAP(mkdir, (const char* a, mode_t b), (a, b))
FAILCALLS_WRAP(mkdirat, (int d, const char* a, mode_t b), (d, a, b))
FAILCALLS_WRAP(rename, (const char* a, const char* b), (a, b))
FAILCALLS_WRAP(unlink, (const char* a), (a))
FAILCALLS_WRAP(unlinkat, (int d, const char* a, int b), (d, a, b))
FAILCALLS_WRAP(rmdir, (const char* a), (a))
FAILCALLS_WRAP(remove, (const char* a), (a))

ssize_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  static const auto real =
      next<ssize_t (*)(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
  return must_fail("sendto") ? -1 : real(fd, data, size, flags, to, length);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static const auto real = next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  return must_fail("sendmsg") ? -1 : real(fd, message, flags);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, int)>("send");
  return must_fail("send") ? -1 : real(fd, data, size, flags);
}

ssize_t write(int fd, const void* data, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  return is_file(fd) && must_fail("write") ? -1 : real(fd, data, size);
}

ssize_t writev(int fd, const iovec* parts, int count_of_parts) {
  static const auto real = next<ssize_t (*)(int, const iovec*, int)>("writev");
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
  if (number == SYS_bpf && must_fail("bpf")) return -1;
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int open(const char* path, int flags, ...) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & O_CREAT) ? va_arg(list, mode_t) : 0;
  va_end(list);
  if ((flags & O_CREAT) && must_fail("open")) return -1;
  return real(path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
  static const auto real = next<int (*)(int, const char*, int, ...)>("openat");
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & O_CREAT) ? va_arg(list, mode_t) : 0;
  va_end(list);
  if ((flags & O_CREAT) && must_fail("openat")) return -1;
  return real(directory, path, flags, mode);
}

}  // extern "C"
