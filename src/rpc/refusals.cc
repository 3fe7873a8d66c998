#include "rpc/refusals.h"

#include <fmt/format.h>

namespace vinet::rpc {

void Refusals::note(const std::string& address, const std::string& subject,
                    const std::string& reason, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  settle_locked(now);
  if (seen_.empty() && others_ == 0) since_ = now;
  const std::string host = address.substr(0, address.rfind(':'));
  const std::string what = fmt::format("{}, {}", subject, reason);
  const std::string key = host + " " + what;
  if (const auto found = seen_.find(key); found != seen_.end()) {
    ++found->second;
  } else if (seen_.size() < kMost) {
    seen_[key] = 0;
    tell_(fmt::format("{}: {}", address, what));
  } else {
    ++others_;
  }
}

void Refusals::settle(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  settle_locked(now);
}

void Refusals::settle_locked(Clock::time_point now) {
  if ((seen_.empty() && others_ == 0) || now - since_ < kPause) return;
  uint64_t again = others_;
  for (const auto& [key, count] : seen_) again += count;
  seen_.clear();
  others_ = 0;
  if (again != 0)
    tell_(fmt::format("{} more in the last minute, of the same kinds or others", again));
}

}  // namespace vinet::rpc
