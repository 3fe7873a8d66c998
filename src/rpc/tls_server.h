// TlsServer: the daemon's door to the network. Takes connections, has them prove who they are, and
// hands those over to their parties; one thread.
//
//   accept --> handshake (at most kMostUnproven, the oldest goes) --> Party of the caller
//                 | not proven: closed, noted (refusals.h)            ^ judged again whenever the
//                                                                       files change, and by time
//
// Nobody who has not proven who they are reaches gRPC (faults.md F-85, F-120, F-121).
#pragma once

#include <memory>

#include "pki/identity.h"
#include "rpc/endpoint.h"
#include "rpc/host.h"

namespace vinet::rpc {

class TlsServer {
 public:
  /// Serves from now on. `host` must outlive it. Errors: what listening fails with.
  static Result<std::unique_ptr<TlsServer>> start(const Endpoint& endpoint,
                                                  std::shared_ptr<pki::Identity> identity,
                                                  Host& host);
  virtual ~TlsServer() = default;

  /// No new connections from now on.
  virtual void close() = 0;
  /// Waits for the calls at work, and lets those go that only listen.
  virtual void stop() = 0;
};

}  // namespace vinet::rpc
