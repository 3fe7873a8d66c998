// Where a daemon is reached: an IPv4 address or a name, and a port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/ip.h"
#include "support/result.h"

namespace vinet::graph {

/// Of daemons that say nothing else.
inline constexpr uint16_t kDaemonPort = 7411;

struct Endpoint {
  std::string host;  ///< `192.0.2.10`, or a name in small letters: `z.example.net`
  uint16_t port = kDaemonPort;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Reads `HOST` or `HOST:PORT`. Names are those of RFC 1123 §2.1; what looks like an address must
/// be one.
/// Errors: invalid_argument, for people.
Result<Endpoint> parse_endpoint(std::string_view text);

/// With its port: one text for one endpoint.
std::string to_string(const Endpoint& endpoint);

/// Where `host` is an address and not a name.
std::optional<net::Ipv4> address_of(const Endpoint& endpoint);

}  // namespace vinet::graph
