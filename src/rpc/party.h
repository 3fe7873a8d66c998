// Party: all that one caller has of the daemon: a gRPC server, threads and services of their own.
//
// One party cannot take another's threads, and its services know who they serve from the start: no
// call has to ask who makes it, and none can be made in another's name.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <memory>
#include <mutex>
#include <vector>

#include "rpc/host.h"
#include "rpc/peers.h"
#include "rpc/refusals.h"
#include "rpc/refuser.h"
#include "rpc/rights.h"
#include "rpc/workers.h"
#include "support/fd.h"

namespace vinet::rpc {

class Party {
 public:
  static Result<std::unique_ptr<Party>> start(const Caller& caller, Host& host, Refusals& refusals);
  ~Party();

  const Caller& caller() const { return caller_; }
  /// Serves this connection; `address` is whose it is. Does not block.
  void serve(Fd connected, const std::string& address);
  /// Waits for the calls at work, at most until `deadline`, and lets those go that only listen.
  /// Once; connections that come later are closed.
  void stop(std::chrono::system_clock::time_point deadline);

  size_t connections = 0;  ///< of TlsServer's

 private:
  Party(const Caller& caller, Host& host, Refusals& refusals);

  const Caller caller_;
  std::unique_ptr<Host> narrowed_;  ///< of a tenant: what they may see
  Workers workers_;
  Peers peers_;
  Refuser refuser_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::mutex mutex_;  ///< of server_: it goes while connections still come
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace vinet::rpc
