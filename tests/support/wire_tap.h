// Namespaces, sockets and devices as wirelook uses them. Whatever fails ends the program with its
// reason.
#pragma once

#include <linux/if_packet.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "wire_packet.h"

namespace vinet::wire {

/// Says what failed, with errno, and exits.
[[noreturn]] void die(const std::string& what);

class Fd {
 public:
  explicit Fd(int fd);
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Moves this thread into the network namespace that a file stands for.
void enter(const std::string& netns);

/// An option of a socket that is an int.
void set(int fd, int level, int name, int value);

struct Seen {
  Bytes packet;
  bool partial = false;  ///< its checksum is left to a network card
};

/// A device of a node, as a sniffer sees it: what comes in.
class Tap {
 public:
  Tap(const std::string& netns, const std::string& device);
  int fd() const { return fd_->get(); }
  /// The next IP packet that lies ready; false if there is none.
  bool next(Seen& seen);
  /// Errno of sending, 0 if it went.
  int send(const Bytes& packet, const std::array<uint8_t, 6>& mac);

 private:
  std::unique_ptr<Fd> fd_;
  sockaddr_ll address_{};
};

}  // namespace vinet::wire
