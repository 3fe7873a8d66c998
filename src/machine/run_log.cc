#include "machine/run_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "machine/paths.h"
#include "support/fd.h"

namespace vinet::machine {
namespace {

constexpr off_t kMostBytes = 4 << 20;
constexpr size_t kMostAtOnce = 256 << 10;

}  // namespace

std::string run_log_file(const std::string& root, const std::string& node) {
  const size_t dot = node.find('.');
  const std::string owner = node.substr(0, dot);
  const std::string name = dot == std::string::npos ? "" : node.substr(dot + 1);
  return owner_directory(root, owner) + "/" + name + "/run.log";
}

Result<int> open_run_log(const std::string& root, const std::string& node) {
  const std::string file = run_log_file(root, node);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), error);
  if (error) return errno_error("make the directory of " + file, error.value());
  struct stat info {};
  if (::lstat(file.c_str(), &info) == 0 && info.st_size > kMostBytes) {
    ::rename(file.c_str(), (file + ".1").c_str());  // if it cannot be, it goes on to grow
  }
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno_error("open " + file, errno);
  return fd;
}

Result<LogText> read_run_log(const std::string& root, const std::string& node, uint64_t offset) {
  const std::string file = run_log_file(root, node);
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return Error{Errc::kNotFound, node + " has no log: no program of it (`run`) has started"};
    }
    return errno_error("open " + file, errno);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_error("look at " + file, errno);
  if (offset > static_cast<uint64_t>(info.st_size)) offset = 0;
  LogText log;
  log.text.resize(kMostAtOnce);
  const ssize_t read =
      ::pread(fd.get(), log.text.data(), log.text.size(), static_cast<off_t>(offset));
  if (read < 0) return errno_error("read " + file, errno);
  log.text.resize(static_cast<size_t>(read));
  log.next_offset = offset + static_cast<uint64_t>(read);
  return log;
}

}  // namespace vinet::machine
