// Listener: a daemon that is willing answers invitations. Invites nobody itself, and answers only
// operators and machines of its own authority.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "pki/identity.h"
#include "support/result.h"

namespace vinet::discovery {

class Listener {
 public:
  /// Told of invitations that were refused: who, and why.
  using Tell = std::function<void(const std::string& who, const std::string& why)>;

  /// Answers from now on, in a thread of its own. `port`: where the daemon listens.
  static Result<std::unique_ptr<Listener>> start(std::shared_ptr<pki::Identity> self, uint16_t port,
                                                 Tell tell);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  Listener() = default;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace vinet::discovery
