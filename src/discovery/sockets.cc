#include "discovery/sockets.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace vinet::discovery {
namespace {

sockaddr_in to_sockaddr(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(endpoint.address.bits);
  return address;
}

Endpoint from_sockaddr(const sockaddr_in& address) {
  return {net::Ipv4{ntohl(address.sin_addr.s_addr)}, ntohs(address.sin_port)};
}

Result<Fd> bound_to(const Endpoint& endpoint, bool shared) {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno_error("make a socket for invitations", errno);
  const int on = 1;
  if (shared) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in here = to_sockaddr(endpoint);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
    return errno_error("use UDP " + to_string(endpoint) + " for invitations", errno);
  }
  return fd;
}

}  // namespace

std::vector<net::Ipv4> own_addresses() {
  std::vector<net::Ipv4> addresses;
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return addresses;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(raw, ::freeifaddrs);
  for (const ifaddrs* one = raw; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    constexpr unsigned kNeeded = IFF_UP | IFF_MULTICAST;
    if ((one->ifa_flags & kNeeded) != kNeeded || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    addresses.push_back(
        from_sockaddr(*reinterpret_cast<const sockaddr_in*>(one->ifa_addr)).address);
  }
  return addresses;
}

Result<Fd> open_listening(net::Ipv4 group) {
  ASSIGN_OR_RETURN(Fd fd, bound_to({group, kPort}, true));
  // Only from devices on which this socket has joined, whatever others here have joined.
  const int off = 0;
  if (::setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off) != 0) {
    return errno_error("listen for invitations", errno);
  }
  return fd;
}

void join_group(int fd, net::Ipv4 group, const std::vector<net::Ipv4>& addresses) {
  for (const net::Ipv4 address : addresses) {
    ip_mreq request{};
    request.imr_multiaddr.s_addr = htonl(group.bits);
    request.imr_interface.s_addr = htonl(address.bits);
    // EADDRINUSE: it has. A device that is going away is looked for again.
    (void)::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
  }
}

void send_answer(int fd, net::Ipv4 from, const Endpoint& to, const std::string& text) {
  sockaddr_in there = to_sockaddr(to);
  iovec bytes{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))] = {};
  msghdr message{};
  message.msg_name = &there;
  message.msg_namelen = sizeof there;
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = IPPROTO_IP;
  head->cmsg_type = IP_PKTINFO;
  head->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo info{};
  info.ipi_spec_dst.s_addr = htonl(from.bits);
  std::memcpy(CMSG_DATA(head), &info, sizeof info);
  (void)::sendmsg(fd, &message, MSG_NOSIGNAL);  // who does not hear it asks again
}

Result<Asking> open_asking(net::Ipv4 address) {
  ASSIGN_OR_RETURN(Fd fd, bound_to({address, 0}, false));
  sockaddr_in here{};
  socklen_t length = sizeof here;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&here), &length) != 0) {
    return errno_error("ask for a port", errno);
  }
  return Asking{std::move(fd), from_sockaddr(here)};
}

Status send_to_group(const Asking& from, net::Ipv4 group, int ttl, const std::string& text) {
  in_addr device{htonl(from.at.address.bits)};
  const sockaddr_in there = to_sockaddr({group, kPort});
  if (::setsockopt(from.fd.get(), IPPROTO_IP, IP_MULTICAST_IF, &device, sizeof device) != 0 ||
      ::setsockopt(from.fd.get(), IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) != 0 ||
      ::sendto(from.fd.get(), text.data(), text.size(), 0,
               reinterpret_cast<const sockaddr*>(&there), sizeof there) < 0) {
    return errno_error("send an invitation to " + to_string(Endpoint{group, kPort}) + " from " +
                           net::to_string(from.at.address),
                       errno);
  }
  return ok();
}

Datagram receive(const std::vector<int>& fds, int timeout_ms) {
  Datagram datagram;
  std::vector<pollfd> ready;
  for (const int fd : fds) ready.push_back({fd, POLLIN, 0});
  if (::poll(ready.data(), ready.size(), timeout_ms) <= 0) return datagram;
  for (const pollfd& one : ready) {
    if (one.revents == 0) continue;
    std::string text(kMostBytes + 1, '\0');
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t got = ::recvfrom(one.fd, text.data(), text.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &length);
    if (got <= 0) continue;
    text.resize(static_cast<size_t>(got));
    return {std::move(text), from_sockaddr(from)};
  }
  return datagram;
}

}  // namespace vinet::discovery
