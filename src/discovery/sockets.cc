#include "discovery/sockets.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "discovery/invitation.h"

namespace vinet::discovery {
namespace {

in_addr group_address() {
  in_addr group{};
  ::inet_pton(AF_INET, kGroup, &group);
  return group;
}

}  // namespace

std::vector<in_addr> own_addresses() {
  std::vector<in_addr> addresses;
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return addresses;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(raw, ::freeifaddrs);
  for (const ifaddrs* one = raw; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    constexpr unsigned kNeeded = IFF_UP | IFF_MULTICAST;
    if ((one->ifa_flags & kNeeded) != kNeeded || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    addresses.push_back(reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr);
  }
  return addresses;
}

Result<Fd> open_listening() {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno_error("make a socket for invitations", errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(kPort);
  here.sin_addr = group_address();  // nothing else that comes to this port is ours
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    return errno_error("listen for invitations at UDP port 7411", errno);
  }
  return fd;
}

void join_group(int fd, const std::vector<in_addr>& addresses) {
  for (const in_addr& address : addresses) {
    ip_mreq request{};
    request.imr_multiaddr = group_address();
    request.imr_interface = address;
    // EADDRINUSE: it has. A device that is going away is looked for again.
    (void)::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
  }
}

Result<Fd> open_asking() {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno_error("make a socket for invitations", errno);
  return fd;
}

Status send_to_group(int fd, const in_addr& from, int ttl, const std::string& text) {
  ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from);
  ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
  sockaddr_in group{};
  group.sin_family = AF_INET;
  group.sin_port = htons(kPort);
  group.sin_addr = group_address();
  if (::sendto(fd, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&group),
               sizeof group) < 0) {
    return errno_error("send an invitation", errno);
  }
  return ok();
}

Datagram receive(int fd, int timeout_ms) {
  Datagram datagram;
  pollfd ready{fd, POLLIN, 0};
  if (::poll(&ready, 1, timeout_ms) <= 0) return datagram;
  std::string text(kMostBytes + 1, '\0');
  socklen_t length = sizeof datagram.from;
  const ssize_t got = ::recvfrom(fd, text.data(), text.size(), 0,
                                 reinterpret_cast<sockaddr*>(&datagram.from), &length);
  if (got <= 0) return datagram;
  text.resize(static_cast<size_t>(got));
  datagram.text = std::move(text);
  return datagram;
}

}  // namespace vinet::discovery
