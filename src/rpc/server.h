// Server: the daemon's doors. Accepts at a unix socket, looks who is there, and serves; likewise
// over TLS where it shall (tls_server.h).
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "rpc/endpoint.h"
#include "rpc/host.h"
#include "support/result.h"

namespace vinet::rpc {

class Server {
 public:
  struct Options {
    std::string socket_path;
    std::optional<gid_t> group;           ///< whose members may call, beside root
    std::optional<Endpoint> listen = {};  ///< over TLS, as Host::identity
  };
  /// Serves from now on, in threads of its own. `host` must outlive it.
  /// Errors: already_exists if another daemon listens there.
  static Result<std::unique_ptr<Server>> start(const Options& options, Host& host);
  virtual ~Server() = default;

  /// No new callers from now on: the socket's file goes.
  virtual void close() = 0;
  /// Waits for the calls at work, and lets those go that only listen.
  virtual void stop() = 0;
};

}  // namespace vinet::rpc
