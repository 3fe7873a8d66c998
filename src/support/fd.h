// Fd: a file descriptor with one owner. Closed when the owner goes.
#pragma once

#include <unistd.h>

#include <utility>

namespace vinet {

class Fd {
 public:
  Fd() = default;
  /// Takes ownership; a negative number is "none", as system calls return it.
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// Gives ownership away.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);  // what close says is of no use: the number is gone either way
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

}  // namespace vinet
