// Messages of a packet socket, many at a time, and what the kernel says of each beside its bytes.
#pragma once

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <vector>

#include "capture/source.h"

namespace vinet::machine {

inline uint64_t time_of(const timespec& time) {
  constexpr uint64_t kSecond = 1'000'000'000;
  return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

class TapMessages {
 public:
  /// `snap_bytes`: so many of a packet are of use; 0: all, which a super-packet may have 64 KiB of,
  /// or more where the kernel makes larger ones.
  explicit TapMessages(uint32_t snap_bytes);
  TapMessages(const TapMessages&) = delete;  // its parts point to each other
  TapMessages& operator=(const TapMessages&) = delete;

  /// As recvmmsg(2): how many, or -1 and errno. Never waits.
  int receive(int socket);
  /// The i-th of them. Its time is 0 if the kernel gave none.
  capture::Packet packet(size_t i, uint32_t tap) const;

 private:
  static constexpr size_t kAtOnce = 32;
  static constexpr size_t kControlBytes = 256;

  const size_t room_;  // for the bytes of one packet
  std::unique_ptr<char[]> bytes_;
  std::array<std::array<char, kControlBytes>, kAtOnce> control_{};
  std::array<sockaddr_ll, kAtOnce> from_{};
  std::array<iovec, kAtOnce> vectors_{};
  std::array<mmsghdr, kAtOnce> messages_{};
};

}  // namespace vinet::machine
