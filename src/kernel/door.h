// What the four doors to the kernel have in common: names of namespaces, and a count of every call
// that changes something.
//
// A namespace is always named by its file under <root>/run/netns (`fig11.A`); "" is the one that
// vinet itself runs in. Each mutating call of a door passes `CallCounter::count` first. A test
// gives it a policy that makes the n-th call fail, so that every point between two kernel calls is
// met.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "support/result.h"

namespace vinet::kernel {

class CallCounter {
 public:
  /// Decides about call number `n` (from 1) named `what` (`links.add_route fig11.A 10.0.0.16/28`):
  /// ok() lets it happen.
  using Policy = std::function<Status(uint64_t n, const std::string& what)>;

  Status count(const std::string& what) {
    ++calls_;
    return policy_ ? policy_(calls_, what) : ok();
  }
  uint64_t calls() const { return calls_; }
  void set_policy(Policy policy) { policy_ = std::move(policy); }

 private:
  uint64_t calls_ = 0;
  Policy policy_;
};

}  // namespace vinet::kernel
