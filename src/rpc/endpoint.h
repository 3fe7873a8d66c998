// Endpoint: where a daemon answers over TCP.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "support/fd.h"
#include "support/result.h"

namespace vinet::rpc {

constexpr uint16_t kDefaultPort = 7411;

struct Endpoint {
  std::string host;  ///< an address or a name
  uint16_t port = kDefaultPort;
};
/// `192.0.2.10`, `192.0.2.10:7411`, `[2001:db8::1]:7411`, `host.example:7411`.
Result<Endpoint> parse_endpoint(const std::string& text);
std::string to_string(const Endpoint& endpoint);

/// A listening socket that does not block. `host` must be an address of this computer.
Result<Fd> listen_tcp(const Endpoint& endpoint);
/// A connected socket that does not block. Errors: unavailable with what came back.
Result<Fd> connect_tcp(const Endpoint& endpoint, std::chrono::milliseconds patience);
/// How long a connection lasts whose other end takes no data or is gone.
void set_patience(int fd, std::chrono::milliseconds patience);
/// Who is at the other end: `192.0.2.10:50312`.
std::string peer_address(int fd);

}  // namespace vinet::rpc
