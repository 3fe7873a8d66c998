#include "rpc/server.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_posix.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "rpc/services.h"
#include "rpc/socket.h"
#include "rpc/tls_server.h"
#include "rpc/workers.h"

namespace vinet::rpc {
namespace {

// A description is at most 8 MiB a file; a plan of 200,000 nodes is the largest answer.
constexpr int kMostRequestBytes = 64 << 20;
constexpr int kMostAnswerBytes = 1 << 30;
constexpr size_t kMostWorkers = 200;
constexpr int kIdleConnectionMs = 300'000;
constexpr int kShortestPingMs = 5'000;  // of callers who look whether we live (client.cc)
constexpr std::chrono::seconds kPatience{2};
constexpr int kLookMs = 500;  // whether the socket's file is still there

class UnixServer final : public Server {
 public:
  UnixServer(Listener listener, const Options& options, Host& host)
      : options_(options),
        host_(host),
        workers_(kMostWorkers),
        services_(make_services(host, workers_, Caller(), peers_)),
        listener_(std::move(listener)) {}
  ~UnixServer() override { stop(); }

  Status begin() {
    stop_event_ = Fd(::eventfd(0, EFD_CLOEXEC));
    if (!stop_event_) return errno_error("make an event", errno);
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(kMostRequestBytes);
    builder.SetMaxSendMessageSize(kMostAnswerBytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleConnectionMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kShortestPingMs);
    for (const auto& service : services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (!server_) return Error{Errc::kInternal, "gRPC does not start its server"};
    if (options_.listen) {
      ASSIGN_OR_RETURN(tls_, TlsServer::start(*options_.listen, host_.identity(), host_));
    }
    accepting_ = std::thread([this] { accept_all(); });
    return ok();
  }

  void close() override {
    if (tls_) tls_->close();
    if (accepting_.joinable()) {
      const uint64_t one = 1;
      while (::write(stop_event_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
      accepting_.join();
    }
    listener_.reset();
  }

  void stop() override {
    close();
    if (tls_) tls_->stop();
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + kPatience);
    server_.reset();
  }

 private:
  void accept_all() {
    for (;;) {
      pollfd events[] = {{listener_->fd(), POLLIN, 0}, {stop_event_.get(), POLLIN, 0}};
      if (::poll(events, 2, kLookMs) < 0 && errno != EINTR) return;
      if (events[1].revents != 0) return;
      if ((events[0].revents & POLLIN) != 0) accept_one();
      if (!listener_->is_named()) listen_again();
    }
  }

  /// Somebody has removed the socket's file. What cannot be made now is tried again.
  void listen_again() {
    Result<Listener> again = Listener::listen(options_.socket_path, options_.group);
    if (again) listener_.emplace(*std::move(again));
  }

  void accept_one() {
    Fd caller(::accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!caller) {
      // Out of descriptors: the caller waits in the queue until some are free again.
      if (errno == EMFILE || errno == ENFILE) ::poll(nullptr, 0, 20);
      return;
    }
    const Result<Peer> peer = peer_of(caller.get());
    if (!peer || !may_call(*peer, options_.group)) return;  // closed without a word
    grpc::AddInsecureChannelFromFd(server_.get(), caller.release());
  }

  const Options options_;
  Host& host_;
  Workers workers_;
  Peers peers_;  // none: callers at the socket have no address
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<TlsServer> tls_;
  std::optional<Listener> listener_;
  Fd stop_event_;
  std::unique_ptr<grpc::Server> server_;
  std::thread accepting_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const Options& options, Host& host) {
  ASSIGN_OR_RETURN(Listener listener, Listener::listen(options.socket_path, options.group));
  auto server = std::make_unique<UnixServer>(std::move(listener), options, host);
  TRY(server->begin());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace vinet::rpc
