// Teller: tells what happened from a thread of its own, so that whoever carries packets never waits
// for a disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace vinet::rpc {

/// Callable from any thread. What is told faster than it can be written is dropped past kMost.
class Teller {
 public:
  using Tell = std::function<void(const std::string& kind, const std::string& text)>;
  explicit Teller(Tell tell) : tell_(std::move(tell)), thread_([this] { run(); }) {}
  /// What was told before is written first.
  ~Teller() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  void tell(std::string kind, std::string text) {
    {
      const std::lock_guard lock(mutex_);
      if (lines_.size() >= kMost) return;
      lines_.emplace_back(std::move(kind), std::move(text));
    }
    changed_.notify_all();
  }

 private:
  static constexpr size_t kMost = 100;

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ended_ || !lines_.empty(); });
      if (lines_.empty()) return;
      const auto [kind, text] = std::move(lines_.front());
      lines_.pop_front();
      lock.unlock();
      tell_(kind, text);
      lock.lock();
    }
  }

  const Tell tell_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::string, std::string>> lines_;
  bool ended_ = false;
  std::thread thread_;  // the last: it uses all above
};

}  // namespace vinet::rpc
