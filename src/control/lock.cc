// The file of a lock can be removed by its holder, so who gets the lock must see that the file is
// still the one that the name leads to, and else start again.
#include "control/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

namespace vinet::control {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::milliseconds kShort{500};

std::string file_of(const std::string& directory, const std::string& name = "lock") {
  return directory + "/" + name;
}

bool still_named(int fd, const std::string& file) {
  struct stat mine {};
  struct stat named {};
  return ::fstat(fd, &mine) == 0 && ::stat(file.c_str(), &named) == 0 &&
         mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

int pid_in(int fd) {
  std::array<char, 32> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size() - 1, 0);
  return n > 0 ? std::atoi(text.data()) : 0;
}

std::string name_of(int pid) {
  return pid > 0 ? fmt::format("process {}", pid) : std::string("another process");
}

}  // namespace

Result<Lock> Lock::acquire(const std::string& directory, const Wait& wait,
                           const std::string& name) {
  const std::string file = file_of(directory, name);
  const auto start = Clock::now();
  bool told = false;
  for (;;) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
      return errno_error("make the state directory " + directory, error.value());
    }
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
      if (errno == ENOENT) {
        continue;  // its holder removed the directory in between
      }
      return errno_error("open " + file, errno);
    }
    Lock lock(Fd(fd), directory, name);
    for (;;) {
      if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
        break;
      }
      if (errno != EWOULDBLOCK && errno != EINTR) {
        return errno_error("lock " + file, errno);
      }
      if (wait.stop && wait.stop()) {
        return Error{Errc::kCancelled, "interrupted while waiting for " + file};
      }
      const auto waited = Clock::now() - start;
      if (waited >= wait.at_most) {
        return Error{
            Errc::kFailedPrecondition,
            fmt::format("{} holds {} and did not let go within {} s", name_of(pid_in(fd)), file,
                        std::chrono::duration_cast<std::chrono::seconds>(wait.at_most).count())};
      }
      if (!told && waited >= kShort && wait.note) {
        told = true;
        wait.note(fmt::format("waiting for {}, which holds {}", name_of(pid_in(fd)), file));
      }
      std::this_thread::sleep_for(kPause);
    }
    if (!still_named(fd, file)) {
      continue;
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
      return errno_error("write " + file, errno);
    }
    return lock;
  }
}

std::optional<int> Lock::holder(const std::string& directory) {
  const Fd fd(::open(file_of(directory).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return pid_in(fd.get());
  }
  return std::nullopt;
}

bool Lock::is_named() const {
  return still_named(fd_.get(), file_of(directory_, name_));
}

Lock::~Lock() {
  if (fd_ && remove_ && is_named()) {
    ::unlink(file_of(directory_, name_).c_str());
    ::rmdir(directory_.c_str());  // fails where something else lies in it, and shall
  }
}

}  // namespace vinet::control
