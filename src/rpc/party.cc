#include "rpc/party.h"

#include <grpcpp/server_posix.h>

#include "rpc/services.h"
#include "rpc/tenant_host.h"

namespace vinet::rpc {
namespace {

// A description is at most 8 MiB a file; a plan of 200,000 nodes is the largest answer.
constexpr int kMostRequestBytes = 64 << 20;
constexpr int kMostAnswerBytes = 1 << 30;
constexpr size_t kMostWorkers = 150;  // more than kKeptForShortCalls and kKeptFromPrograms
constexpr int kMostStreams = 100;     // of one connection at once
constexpr int kIdleConnectionMs = 300'000;
constexpr int kShortestPingMs = 5'000;  // of callers who look whether we live (client.cc)

}  // namespace

Party::Party(const Caller& caller, Host& host, Refusals& refusals)
    : caller_(caller),
      narrowed_(caller.kind == Caller::Kind::kTenant ? make_tenant_host(host, caller.name)
                                                     : nullptr),
      workers_(kMostWorkers),
      refuser_([this, &refusals](const std::string& peer, const std::string& method) {
        refusals.note(peers_.address(peer), to_string(caller_), "may not call " + method);
      }),
      services_(make_services(narrowed_ ? *narrowed_ : host, workers_, caller, peers_)) {}

Party::~Party() = default;

Result<std::unique_ptr<Party>> Party::start(const Caller& caller, Host& host, Refusals& refusals) {
  std::unique_ptr<Party> party(new Party(caller, host, refusals));
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMostRequestBytes);
  builder.SetMaxSendMessageSize(kMostAnswerBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleConnectionMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kShortestPingMs);
  for (const auto& service : party->services_) builder.RegisterService(service.get());
  builder.RegisterCallbackGenericService(&party->refuser_);
  party->server_ = builder.BuildAndStart();
  if (!party->server_) return Error{Errc::kInternal, "gRPC does not start its server"};
  return party;
}

void Party::serve(Fd connected, const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (!server_) return;
  const int fd = connected.release();
  peers_.add(fd, address);
  grpc::AddInsecureChannelFromFd(server_.get(), fd);
}

void Party::stop(std::chrono::system_clock::time_point deadline) {
  server_->Shutdown(deadline);
  const std::lock_guard lock(mutex_);
  server_.reset();
}

}  // namespace vinet::rpc
