// The daemon's side of trust.proto.
#include <grpcpp/grpcpp.h>

#include "rpc/calls.h"
#include "rpc/services.h"
#include "vinet/v1/trust.grpc.pb.h"

namespace vinet::rpc {
namespace {

class TrustService final : public v1::Trust::CallbackService {
 public:
  TrustService(Host& host, Workers& workers, const Caller& caller)
      : host_(host), workers_(workers) {
    for (const int method : refused_methods(v1::Trust::service_full_name(), caller)) {
      MarkMethodGeneric(method);
    }
  }

 private:
  grpc::ServerUnaryReactor* PutRevocations(grpc::CallbackServerContext* context,
                                           const v1::PutRevocationsRequest* request,
                                           v1::PutRevocationsReply* reply) override {
    return answer(context, workers_, [this, request, reply]() -> Status {
      const std::shared_ptr<pki::Identity> identity = host_.identity();
      if (!identity) {
        return Error{Errc::kFailedPrecondition, "this daemon does not listen, and has no identity"};
      }
      ASSIGN_OR_RETURN(const bool taken, identity->take_list(request->list()));
      reply->set_taken(taken);
      reply->set_number(identity->list_number());
      return ok();
    });
  }

  Host& host_;
  Workers& workers_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_trust_service(Host& host, Workers& workers,
                                                  const Caller& caller) {
  return std::make_unique<TrustService>(host, workers, caller);
}

}  // namespace vinet::rpc
