// Session: TLS 1.3 over one socket, without blocking. Both sides show certificates.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "pki/identity.h"

namespace vinet::pki {

class Session {
 public:
  /// What became of a step.
  enum class Did {
    kDone,
    kWantsRead,   ///< again when the socket is readable
    kWantsWrite,  ///< again when it is writable
    kEnded,       ///< the other side has ended it, or is gone
    kFailed,      ///< see failure()
  };
  virtual ~Session() = default;

  virtual Did handshake() = 0;
  virtual Did read(char* bytes, size_t most, size_t& got) = 0;
  virtual Did write(const char* bytes, size_t size, size_t& sent) = 0;
  /// Tells the other side that nothing more comes, where the socket takes it.
  virtual void end() = 0;

  /// Whom the handshake found at the other end, and what it thought of them.
  virtual const Shown& peer() const = 0;
  /// For Identity::judge; empty before the handshake.
  virtual std::string shown_certificate() const = 0;
  /// Why it failed, for people.
  virtual const std::string& failure() const = 0;
  /// The other side has refused our certificate, and says no more than that.
  virtual bool was_refused() const = 0;
};

}  // namespace vinet::pki
