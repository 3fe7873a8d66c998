// Workers: the threads in which calls do their work, so that gRPC's own threads never wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

namespace vinet::rpc {

class Workers {
 public:
  explicit Workers(size_t most) : most_(most) {}
  /// Waits until all have ended.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `work` in a thread of its own; false when `most` less `keep_free` run already, or the
  /// kernel gives none.
  bool start(std::function<void()> work, size_t keep_free = 0);
  size_t busy() const;

 private:
  void leave();

  const size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  size_t busy_ = 0;
};

}  // namespace vinet::rpc
