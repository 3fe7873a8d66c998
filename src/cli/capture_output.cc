#include "cli/capture_output.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "control/spawn.h"

namespace vinet::cli {
namespace {

constexpr int kTickMs = 100;
constexpr int kPatienceMs = 3'000;  // with a reader that does not read, after a stop

/// The program of that name in PATH, or "".
std::string find_program(const std::string& name) {
  const char* value = std::getenv("PATH");
  const std::string path = value == nullptr ? "/usr/bin:/bin" : value;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string file = path.substr(begin, end - begin) + "/" + name;
    if (end > begin && ::access(file.c_str(), X_OK) == 0) return file;
    begin = end + 1;
  }
  return "";
}

}  // namespace

CaptureOutput::CaptureOutput(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {
  struct stat info {};
  is_file_ = ::fstat(fd_.get(), &info) == 0 && (S_ISREG(info.st_mode) || S_ISCHR(info.st_mode));
}

Result<CaptureOutput> CaptureOutput::open_file(const std::string& path) {
  if (path == "-") {
    Fd fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!fd) return errno_error("write to standard output", errno);
    return CaptureOutput(std::move(fd), "standard output");
  }
  constexpr mode_t kMode = 0666;  // less what the umask takes away
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!fd) return errno_error("write " + path, errno);
  return CaptureOutput(std::move(fd), path);
}

Result<CaptureOutput> CaptureOutput::start_wireshark() {
  const std::string program = find_program("wireshark");
  if (program.empty()) {
    return Error{Errc::kUnimplemented,
                 "--wireshark: there is no program 'wireshark' in PATH; install it, or write a "
                 "file with -w FILE and look at that elsewhere"};
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("make a pipe", errno);
  Fd read_end(ends[0]), write_end(ends[1]);
  // In a session of its own: Ctrl-C ends the capture and leaves what it shows.
  control::Spawn spawn;
  spawn.pass(read_end.get(), 0).close_from(3);
  const Result<pid_t> started =
      spawn.run("run " + program, program.c_str(), {"wireshark", "-k", "-i", "-"},
                control::own_environment());
  if (!started) return started.error();
  return CaptureOutput(std::move(write_end), "wireshark");
}

bool CaptureOutput::has_reader() {
  pollfd reader{fd_.get(), 0, 0};
  if (!is_file_ && ::poll(&reader, 1, 0) > 0 && (reader.revents & (POLLERR | POLLNVAL)) != 0) {
    has_reader_ = false;
  }
  return has_reader_;
}

Result<size_t> CaptureOutput::write_some(std::string_view bytes, bool stopped) {
  if (!is_file_) {
    pollfd reader{fd_.get(), POLLOUT, 0};
    const int n = ::poll(&reader, 1, kTickMs);
    if (n < 0 && errno != EINTR) return errno_error("write to " + name_, errno);
    if (n == 0 && stopped && (waited_ms_ += kTickMs) >= kPatienceMs) {
      return Error{Errc::kCancelled, "nobody reads from " + name_ + ": its end is missing there"};
    }
    if (n <= 0) return size_t{0};
    // A pipe that has room at all takes as much without blocking (pipe(7)).
    bytes = bytes.substr(0, PIPE_BUF);
  }
  const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
  if (written >= 0) return static_cast<size_t>(written);
  if (errno == EINTR || errno == EAGAIN) return size_t{0};
  if (errno == EPIPE) {
    has_reader_ = false;
    return Error{Errc::kCancelled, "the reader of " + name_ + " is gone"};
  }
  return errno_error("write to " + name_, errno);
}

}  // namespace vinet::cli
