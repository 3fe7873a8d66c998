#include "pki/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace vinet::pki {
namespace {

constexpr size_t kMostBytes = 1 << 20;

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  for (;;) {
    char part[4096];
    const ssize_t got = ::read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("read " + path, errno);
    if (got == 0) return text;
    text.append(part, static_cast<size_t>(got));
    if (text.size() > kMostBytes) {
      return Error{Errc::kFailedPrecondition, "read " + path + ": more than 1 MiB"};
    }
  }
}

Result<Fd> open_file(const std::string& path, struct stat& info) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    Error error = errno_error("read " + path, errno);
    if (errno == ENOENT || errno == ENOTDIR) error.code = Errc::kNotFound;
    return error;
  }
  if (::fstat(fd.get(), &info) != 0) return errno_error("look at " + path, errno);
  if (!S_ISREG(info.st_mode)) {
    return Error{Errc::kFailedPrecondition, "read " + path + ": it is no file"};
  }
  return fd;
}

Status write_all(int fd, const std::string& text, const std::string& path) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("write " + path, errno);
    done += static_cast<size_t>(written);
  }
  if (::fsync(fd) != 0) return errno_error("write " + path, errno);
  return ok();
}

Status sync_directory(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return errno_error("write " + path, errno);
  return ok();
}

/// The text in a file of its own beside `path`.
Result<std::string> write_beside(const std::string& path, const std::string& text, mode_t mode) {
  std::string name = path + ".XXXXXX";
  const Fd fd(::mkostemp(name.data(), O_CLOEXEC));  // 0600 from its first moment
  if (!fd) return errno_error("write " + path, errno);
  Status written = write_all(fd.get(), text, path);
  if (written && ::fchmod(fd.get(), mode) != 0) written = errno_error("write " + path, errno);
  if (written) return name;
  ::unlink(name.c_str());
  return std::move(written).error();
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  struct stat info {};
  ASSIGN_OR_RETURN(const Fd fd, open_file(path, info));
  return read_all(fd.get(), path);
}

Result<std::string> read_key_file(const std::string& path) {
  struct stat info {};
  ASSIGN_OR_RETURN(const Fd fd, open_file(path, info));
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{Errc::kPermissionDenied,
                 fmt::format("the key {0} can be read by others (mode {1:04o}): `chmod 600 {0}`, "
                             "and make a new one if anybody may have",
                             path, info.st_mode & 07777)};
  }
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return Error{
        Errc::kPermissionDenied,
        fmt::format("the key {} belongs to user {}, not to you or root", path, info.st_uid)};
  }
  return read_all(fd.get(), path);
}

Status write_file(const std::string& path, const std::string& text, mode_t mode) {
  ASSIGN_OR_RETURN(const std::string name, write_beside(path, text, mode));
  if (::rename(name.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(name.c_str());
    return errno_error("write " + path, error);
  }
  return sync_directory(directory_of(path));
}

Status write_new_file(const std::string& path, const std::string& text, mode_t mode) {
  ASSIGN_OR_RETURN(const std::string name, write_beside(path, text, mode));
  const int linked = ::link(name.c_str(), path.c_str());
  const int error = errno;
  ::unlink(name.c_str());
  if (linked != 0 && error == EEXIST) {
    return Error{Errc::kAlreadyExists, path + " is there already, and stays as it is"};
  }
  if (linked != 0) return errno_error("write " + path, error);
  return sync_directory(directory_of(path));
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

Status make_directory(const std::string& path, mode_t mode) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string above = path.substr(0, slash);
    if (::mkdir(above.c_str(), 0755) != 0 && errno != EEXIST) {
      return errno_error("make the directory " + above, errno);
    }
  }
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
    return errno_error("make the directory " + path, errno);
  }
  return ok();
}

Result<Fd> lock_directory(const std::string& path) {
  Fd fd(::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return errno_error("open " + path + "/lock", errno);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return errno_error("lock " + path, errno);
  }
  return fd;
}

std::string stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return "";
  return fmt::format("{}:{}:{}:{}.{}:{}.{}:{:o}", info.st_dev, info.st_ino, info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec,
                     info.st_ctim.tv_nsec, info.st_mode);
}

}  // namespace vinet::pki
