// Peers: whose connection it is that gRPC calls `fd:37`.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace vinet::rpc {

/// Callable from any thread.
class Peers {
 public:
  /// A connection that gRPC gets as this descriptor; `address`: `192.0.2.10:50312`.
  void add(int fd, const std::string& address) {
    const std::lock_guard lock(mutex_);
    addresses_["fd:" + std::to_string(fd)] = address;
  }
  /// `peer`: grpc::ServerContextBase::peer(). Empty for callers at the unix socket.
  std::string address(const std::string& peer) const {
    const std::lock_guard lock(mutex_);
    const auto found = addresses_.find(peer);
    return found == addresses_.end() ? "" : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> addresses_;  // as many as there are descriptors, at most
};

}  // namespace vinet::rpc
