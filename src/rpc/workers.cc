#include "rpc/workers.h"

#include <thread>

namespace vinet::rpc {

Workers::~Workers() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return busy_ == 0; });
}

bool Workers::start(std::function<void()> work, size_t keep_free) {
  {
    const std::lock_guard lock(mutex_);
    if (busy_ + keep_free >= most_) return false;
    ++busy_;
  }
  std::thread([this, work = std::move(work)] {
    work();
    // Notified under the lock: the destructor may run as soon as it is let go.
    const std::lock_guard lock(mutex_);
    --busy_;
    ended_.notify_all();
  }).detach();
  return true;
}

size_t Workers::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

}  // namespace vinet::rpc
