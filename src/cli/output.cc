#include "cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>

#include "support/fd.h"

namespace vinet::cli {
namespace {

Status write_all(int fd, const std::string& name, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) {
      return errno_error("write " + name, errno);
    }
    done += n > 0 ? static_cast<size_t>(n) : 0;
  }
  return ok();
}

}  // namespace

void add_output(CLI::App& command, std::string& path) {
  command.add_option("-o,--output", path, "write to this file instead of stdout")
      ->type_name("FILE");
}

Status write_output(const std::string& path, const std::string& text) {
  if (path.empty() || path == "-") {
    std::fflush(stdout);
    return write_all(STDOUT_FILENO, "stdout", text);
  }
  constexpr int kMode = 0666;
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!file) {
    return errno_error("write " + path, errno);
  }
  return write_all(file.get(), path, text);
}

}  // namespace vinet::cli
