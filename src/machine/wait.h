// Waiting for the kernel to let go: it takes devices, programs and namespaces away in the
// background and tells nobody.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "kernel/kernel.h"
#include "support/result.h"

namespace vinet::machine {

/// Asks `done` again and again, with pauses growing from 1 to 20 ms, until it says true or
/// `deadline` has passed. Returns what it said last.
inline Result<bool> wait_until(std::chrono::milliseconds deadline,
                               const std::function<Result<bool>()>& done) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  for (std::chrono::milliseconds pause{1};;
       pause = std::min(pause * 2, std::chrono::milliseconds{20})) {
    ASSIGN_OR_RETURN(const bool is_done, done());
    if (is_done || std::chrono::steady_clock::now() >= end) return is_done;
    std::this_thread::sleep_for(pause);
  }
}

/// How long the kernel may take to let go of programs, devices and namespaces.
inline constexpr std::chrono::milliseconds kLetGoDeadline{30'000};

/// Waits until the kernel knows none of these programs any more.
inline Status wait_for_programs(kernel::Kernel& kernel, const std::set<uint32_t>& ids) {
  ASSIGN_OR_RETURN(const bool gone, wait_until(kLetGoDeadline, [&]() -> Result<bool> {
                     for (const uint32_t id : ids) {
                       ASSIGN_OR_RETURN(const bool exists, kernel.programs().exists(id));
                       if (exists) return false;
                     }
                     return true;
                   }));
  if (gone) return ok();
  return Error{Errc::kUnavailable, "the kernel still holds programs that nothing uses", 0};
}

}  // namespace vinet::machine
