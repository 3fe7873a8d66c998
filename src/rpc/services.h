// The two services over a Host. Every call runs in a worker thread of its own, with a world of its
// own, and reports through a Stream, so that a caller who does not read holds up nobody.
#pragma once

#include <memory>

#include "rpc/host.h"
#include "rpc/workers.h"

namespace grpc {
class Service;
}

namespace vinet::rpc {

std::unique_ptr<grpc::Service> make_controller_service(Host& host, Workers& workers);
std::unique_ptr<grpc::Service> make_machine_service(Host& host, Workers& workers);

}  // namespace vinet::rpc
