// TlsLink: the caller's side of one TLS connection to a daemon, with a thread that carries it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "pki/identity.h"
#include "rpc/endpoint.h"
#include "support/fd.h"
#include "support/result.h"

namespace vinet::rpc {

class TlsLink {
 public:
  /// Connects, proves who we are, and that the daemon is a machine of our authority's, for this
  /// address. Errors name the endpoint: unavailable (no answer within `patience`, connect: ...),
  /// permission_denied (`refused`, or what is wrong with the daemon's certificate).
  static Result<std::unique_ptr<TlsLink>> begin(const Endpoint& endpoint,
                                                std::shared_ptr<pki::Identity> identity,
                                                std::chrono::milliseconds patience);
  /// Ends the connection.
  virtual ~TlsLink() = default;
  /// For gRPC, once: bytes as over a plain socket. Ends when the daemon's certificate is revoked.
  virtual Fd take_inner() = 0;
  /// Of the machine at the other end, as its certificate says.
  virtual const std::string& peer_name() const = 0;
};

}  // namespace vinet::rpc
