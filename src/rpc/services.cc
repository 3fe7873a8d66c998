#include "rpc/services.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

namespace vinet::rpc {

std::vector<std::unique_ptr<grpc::Service>> make_services(Host& host, Workers& workers,
                                                          const Caller& caller,
                                                          const Peers& peers) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(make_controller_service(host, workers, caller));
  services.push_back(make_machine_service(host, workers, caller));
  services.push_back(make_member_service(host, workers, caller, peers));
  services.push_back(make_trust_service(host, workers, caller));
  return services;
}

}  // namespace vinet::rpc
