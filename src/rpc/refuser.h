// Refuser: the one answer to whatever a caller may not call, and to methods that do not exist.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

namespace vinet::rpc {

constexpr char kRefused[] = "refused";

class Refuser final : public grpc::CallbackGenericService {
 public:
  /// `note`: told the peer, as gRPC names it, and the method.
  using Note = std::function<void(const std::string& peer, const std::string& method)>;
  explicit Refuser(Note note) : note_(std::move(note)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    note_(context->peer(), context->method());
    const auto answer = std::make_shared<Answer>();
    return answer->begin(answer);
  }

 private:
  /// Lives until gRPC is done with it.
  class Answer final : public grpc::ServerGenericBidiReactor {
   public:
    Answer* begin(std::shared_ptr<Answer> self) {
      self_ = std::move(self);
      Finish(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, kRefused));
      return this;
    }

   private:
    void OnDone() override { const std::shared_ptr<Answer> last = std::move(self_); }
    std::shared_ptr<Answer> self_;
  };
  const Note note_;
};

}  // namespace vinet::rpc
