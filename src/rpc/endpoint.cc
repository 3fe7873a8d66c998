#include "rpc/endpoint.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace vinet::rpc {
namespace {

constexpr int kBacklog = 512;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &list);
  if (error != 0) {
    return Error{Errc::kUnavailable,
                 fmt::format("{}: find its address: {}", to_string(endpoint),
                             error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error))};
  }
  return Addresses(list);
}

/// Both ways. So calls get through where the path between two daemons swallows large packets and
/// says nothing (faults F-29): every path that carries IPv6 carries these.
void keep_segments_small(int fd) {
  constexpr int kSegmentBytes = 1220;  // 1,280 less the headers of IPv6 and TCP
  ::setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &kSegmentBytes, sizeof kSegmentBytes);
}

Result<Fd> connect_one(const addrinfo& address, const Endpoint& endpoint,
                       std::chrono::milliseconds patience) {
  const std::string attempt = to_string(endpoint);
  const auto failed = [&attempt](int error) {
    return Error{Errc::kUnavailable, attempt + ": connect: " + std::strerror(error), error};
  };
  Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error(attempt + ": make a socket", errno);
  keep_segments_small(fd.get());
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return failed(errno);
  pollfd ready{fd.get(), POLLOUT, 0};
  int count = 0;
  do {
    count = ::poll(&ready, 1, static_cast<int>(patience.count()));
  } while (count < 0 && errno == EINTR);
  if (count == 0) {
    return Error{Errc::kUnavailable,
                 fmt::format("{}: no answer within {} s", attempt, patience.count() / 1000)};
  }
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  if (error != 0) return failed(error);
  return fd;
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text) {
  const Error wrong{Errc::kInvalidArgument,
                    "'" + text + "' is no HOST:PORT, as 192.0.2.10:7411 or [2001:db8::1]:7411"};
  Endpoint endpoint;
  std::string port;
  if (!text.empty() && text[0] == '[') {
    const size_t end = text.find(']');
    if (end == std::string::npos) return wrong;
    endpoint.host = text.substr(1, end - 1);
    if (end + 1 < text.size() && (text[end + 1] != ':' || end + 2 == text.size())) return wrong;
    port = end + 1 < text.size() ? text.substr(end + 2) : "";
  } else {
    const size_t colon = text.find(':');
    const bool is_ipv6 = colon != std::string::npos && text.find(':', colon + 1) != colon &&
                         text.find(':', colon + 1) != std::string::npos;
    endpoint.host = is_ipv6 ? text : text.substr(0, colon);
    if (!is_ipv6 && colon != std::string::npos) {
      port = text.substr(colon + 1);
      if (port.empty()) return wrong;
    }
  }
  if (endpoint.host.empty() || endpoint.host.size() > 253) return wrong;
  if (endpoint.host.find_first_of(" /()") != std::string::npos) return wrong;
  if (!port.empty()) {
    const auto [end, error] =
        std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (error != std::errc() || end != port.data() + port.size() || endpoint.port == 0) {
      return wrong;
    }
  }
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                 : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

Result<Fd> listen_tcp(const Endpoint& endpoint) {
  ASSIGN_OR_RETURN(const Addresses addresses, resolve(endpoint, AI_PASSIVE));
  const std::string attempt = "listen at " + to_string(endpoint);
  Fd fd(::socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error(attempt, errno);
  const int one = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  keep_segments_small(fd.get());
  if (::bind(fd.get(), addresses->ai_addr, addresses->ai_addrlen) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return errno_error(attempt, errno);
  }
  return fd;
}

Result<Fd> connect_tcp(const Endpoint& endpoint, std::chrono::milliseconds patience) {
  ASSIGN_OR_RETURN(const Addresses addresses, resolve(endpoint, AI_ADDRCONFIG));
  Result<Fd> connected = Error{Errc::kUnavailable, to_string(endpoint) + ": it has no address"};
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    connected = connect_one(*one, endpoint, patience);
    if (connected) break;
  }
  return connected;
}

void set_patience(int fd, std::chrono::milliseconds patience) {
  const int one = 1;
  const auto timeout = static_cast<unsigned>(patience.count());
  const int idle_s = std::max(1, static_cast<int>(patience.count() / 2000)), probes = 3;
  const int interval_s = std::max(1, static_cast<int>(patience.count() / 6000));
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

std::string peer_address(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "somewhere";
  }
  return std::strchr(host, ':') != nullptr ? fmt::format("[{}]:{}", host, port)
                                           : fmt::format("{}:{}", host, port);
}

}  // namespace vinet::rpc
