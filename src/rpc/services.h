// The services over a Host, for one caller. Every call runs in a worker thread of its own, with a
// world of its own, and reports through a Stream, so that a caller who does not read holds up
// nobody. What the caller may not call is not there (rights.h).
#pragma once

#include <memory>
#include <vector>

#include "rpc/host.h"
#include "rpc/peers.h"
#include "rpc/rights.h"
#include "rpc/workers.h"

namespace grpc {
class Service;
}

namespace vinet::rpc {

std::unique_ptr<grpc::Service> make_controller_service(Host& host, Workers& workers,
                                                       const Caller& caller);
std::unique_ptr<grpc::Service> make_machine_service(Host& host, Workers& workers,
                                                    const Caller& caller);
std::unique_ptr<grpc::Service> make_member_service(Host& host, Workers& workers,
                                                   const Caller& caller, const Peers& peers);
std::unique_ptr<grpc::Service> make_trust_service(Host& host, Workers& workers,
                                                  const Caller& caller);

/// All of them. A new service has its line here, and its methods theirs in rights.cc. `peers` says
/// whose a connection is, and must outlive them.
std::vector<std::unique_ptr<grpc::Service>> make_services(Host& host, Workers& workers,
                                                          const Caller& caller, const Peers& peers);

}  // namespace vinet::rpc
