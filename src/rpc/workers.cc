#include "rpc/workers.h"

#include <system_error>
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
  const auto run = [this, work = std::move(work)] {
    work();
    leave();
  };
  try {
    std::thread(run).detach();
  } catch (const std::system_error&) {  // no thread is left to this process (faults.md F-91)
    leave();
    return false;
  }
  return true;
}

void Workers::leave() {
  // Notified under the lock: the destructor may run as soon as it is let go.
  const std::lock_guard lock(mutex_);
  --busy_;
  ended_.notify_all();
}

size_t Workers::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

}  // namespace vinet::rpc
