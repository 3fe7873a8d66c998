#include "control/lease.h"

#include <ctime>
#include <fstream>

namespace vinet::control {
namespace {

constexpr uint64_t kSecondUs = 1'000'000;

timespec read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now;
}

}  // namespace

Clocks read_clocks() {
  Clocks clocks;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> clocks.boot;
  clocks.boottime_s = static_cast<uint64_t>(read_clock(CLOCK_BOOTTIME).tv_sec);
  const timespec wall = read_clock(CLOCK_REALTIME);
  clocks.wall_us =
      static_cast<uint64_t>(wall.tv_sec) * kSecondUs + static_cast<uint64_t>(wall.tv_nsec) / 1000;
  return clocks;
}

LeaseEnd lease_end(const Clocks& now, uint64_t lease_s) {
  return {now.boot, now.boottime_s + lease_s, now.wall_us / kSecondUs + lease_s};
}

uint64_t remaining_s(const LeaseEnd& end, const Clocks& now) {
  const bool same_boot = end.boot == now.boot;
  const uint64_t at = same_boot ? end.boottime_s : end.wall_s;
  const uint64_t is = same_boot ? now.boottime_s : now.wall_us / kSecondUs;
  return at > is ? at - is : 0;
}

}  // namespace vinet::control
