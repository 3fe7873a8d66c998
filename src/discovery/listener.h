// Listener: the thread in which a daemon that is willing answers invitations.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "discovery/reception.h"
#include "support/result.h"

namespace vinet::discovery {

class Listener {
 public:
  /// Answers from now on. `daemon`: where it listens; invitations are heard on the devices that
  /// have this address, or on all where it is 0.0.0.0. Reads at most 2,000 datagrams a second: what
  /// is more, the kernel drops. Errors: what came back from the sockets.
  static Result<std::unique_ptr<Listener>> start(std::shared_ptr<pki::Identity> self,
                                                 net::Ipv4 group, Endpoint daemon,
                                                 Reception::Tell tell);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  Listener() = default;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace vinet::discovery
