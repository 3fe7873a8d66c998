// Echoes: bytes, and the sockets that carry them.
#include "machine/icmp.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "machine/wire.h"

namespace vinet::machine {
namespace {

constexpr size_t kHeaderBytes = 8;  // type, code, checksum, ident, sequence
constexpr size_t kNonceBytes = 8;
constexpr size_t kEchoBytes = kHeaderBytes + kNonceBytes + 4;
constexpr size_t kIpv6HeaderBytes = 40;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const net::IpAddress& address) {
  SocketAddress out;
  if (net::is_ipv6(address)) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    std::memcpy(&in6.sin6_addr, std::get<net::Ipv6>(address).bytes.data(), 16);
    std::memcpy(&out.storage, &in6, sizeof in6);
    out.length = sizeof in6;
  } else {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(std::get<net::Ipv4>(address).bits);
    std::memcpy(&out.storage, &in, sizeof in);
    out.length = sizeof in;
  }
  return out;
}

net::IpAddress address_from(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in6;
    std::memcpy(&in6, &storage, sizeof in6);
    net::Ipv6 address;
    std::memcpy(address.bytes.data(), &in6.sin6_addr, 16);
    return address;
  }
  sockaddr_in in;
  std::memcpy(&in, &storage, sizeof in);
  return net::Ipv4{ntohl(in.sin_addr.s_addr)};
}

/// The echo in `bytes`, which begin with its ICMP type. A quote in an error may end early.
std::optional<Echo> parse_echo(const uint8_t* bytes, size_t length) {
  if (length < kHeaderBytes + kNonceBytes) return std::nullopt;
  Echo echo;
  echo.ident = get16(bytes + 4);
  echo.sequence = get16(bytes + 6);
  std::memcpy(&echo.nonce, bytes + kHeaderBytes, kNonceBytes);
  if (length >= kEchoBytes) echo.task = get32(bytes + kHeaderBytes + kNonceBytes);
  return echo;
}

/// Length of the IP header at the front, or nothing if there is none or no ICMP behind it.
std::optional<size_t> ip_header_bytes(bool ipv6, const uint8_t* bytes, size_t length) {
  if (ipv6) {
    if (length < kIpv6HeaderBytes || bytes[0] >> 4 != 6 || bytes[6] != IPPROTO_ICMPV6)
      return std::nullopt;
    return kIpv6HeaderBytes;
  }
  if (length < 20 || bytes[0] >> 4 != 4 || bytes[9] != IPPROTO_ICMP) return std::nullopt;
  const size_t header = size_t{bytes[0] & 15u} * 4;
  return header >= 20 && header <= length ? std::optional(header) : std::nullopt;
}

std::optional<IcmpMessage::Kind> kind_of(bool ipv6, uint8_t type, uint8_t code) {
  using Kind = IcmpMessage::Kind;
  if (ipv6) {
    switch (type) {
      case ICMP6_ECHO_REPLY:
        return Kind::kReply;
      case ICMP6_TIME_EXCEEDED:
        return Kind::kTimeExceeded;
      case ICMP6_DST_UNREACH:
        return Kind::kUnreachable;
      case ICMP6_PACKET_TOO_BIG:
        return Kind::kTooBig;
      case ICMP6_PARAM_PROB:
        return Kind::kParameterProblem;
      default:
        return std::nullopt;
    }
  }
  switch (type) {
    case ICMP_ECHOREPLY:
      return Kind::kReply;
    case ICMP_TIME_EXCEEDED:
      return Kind::kTimeExceeded;
    case ICMP_DEST_UNREACH:
      return code == ICMP_FRAG_NEEDED ? Kind::kTooBig : Kind::kUnreachable;
    case ICMP_PARAMETERPROB:
      return Kind::kParameterProblem;
    default:
      return std::nullopt;
  }
}

/// Which network namespace this thread is in.
ino_t network_inode() {
  struct stat file {};
  return stat("/proc/thread-self/ns/net", &file) == 0 ? file.st_ino : 0;
}

/// Lets through echo replies, and errors if asked.
Status set_filter(int descriptor, bool ipv6, bool errors) {
  if (ipv6) {
    icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    if (errors) {
      for (const int type :
           {ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED, ICMP6_PARAM_PROB}) {
        ICMP6_FILTER_SETPASS(type, &filter);
      }
    }
    if (setsockopt(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0)
      return ok();
  } else {
    icmp_filter filter{~(1u << ICMP_ECHOREPLY)};
    if (errors) {
      for (const int type : {ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB}) {
        filter.data &= ~(1u << type);
      }
    }
    if (setsockopt(descriptor, SOL_RAW, ICMP_FILTER, &filter, sizeof filter) == 0) return ok();
  }
  return errno_error("set ICMP filter", errno);
}

}  // namespace

std::vector<uint8_t> echo_request(bool ipv6, const Echo& echo) {
  std::vector<uint8_t> bytes(kEchoBytes);
  bytes[0] = ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  put16(&bytes[4], echo.ident);
  put16(&bytes[6], echo.sequence);
  std::memcpy(&bytes[kHeaderBytes], &echo.nonce, kNonceBytes);
  put16(&bytes[kHeaderBytes + kNonceBytes], static_cast<uint16_t>(echo.task >> 16));
  put16(&bytes[kHeaderBytes + kNonceBytes + 2], static_cast<uint16_t>(echo.task));
  if (!ipv6) put16(&bytes[2], checksum_of(sum_of(bytes)));
  return bytes;
}

std::optional<IcmpMessage> parse_icmp(bool ipv6, const net::IpAddress& from,
                                      const std::vector<uint8_t>& bytes) {
  size_t at = 0;
  if (!ipv6) {
    const auto header = ip_header_bytes(false, bytes.data(), bytes.size());
    if (!header) return std::nullopt;
    at = *header;
  }
  if (bytes.size() < at + kHeaderBytes) return std::nullopt;
  const auto kind = kind_of(ipv6, bytes[at], bytes[at + 1]);
  if (!kind) return std::nullopt;
  IcmpMessage message;
  message.kind = *kind;
  message.from = from;
  if (*kind == IcmpMessage::Kind::kTooBig) {
    message.mtu_bytes = ipv6 ? get32(&bytes[at + 4]) : get16(&bytes[at + 6]);
  }
  if (*kind != IcmpMessage::Kind::kReply) {
    at += kHeaderBytes;
    const auto quoted = ip_header_bytes(ipv6, bytes.data() + at, bytes.size() - at);
    if (!quoted) return std::nullopt;
    at += *quoted;
  }
  const auto echo = parse_echo(bytes.data() + at, bytes.size() - at);
  if (!echo) return std::nullopt;
  message.echo = *echo;
  return message;
}

Result<EchoSocket> EchoSocket::open(kernel::Namespaces& namespaces, const std::string& netns,
                                    const net::IpAddress& source, bool errors,
                                    std::optional<int> ttl) {
  const bool ipv6 = net::is_ipv6(source);
  EchoSocket opened(-1, ipv6);
  const auto outside_inode = network_inode();
  const auto inside = [&]() -> Status {
    // A kernel that is a data structure has nowhere to go into; an echo from here would reach the
    // computer's network.
    if (!netns.empty() && network_inode() == outside_inode) {
      return Error{Errc::kUnimplemented, "this kernel has no sockets to send echoes with", 0};
    }
    opened.descriptor_ = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                ipv6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP});
    if (opened.descriptor_ < 0) return errno_error("open raw socket", errno);
    TRY(set_filter(opened.descriptor_, ipv6, errors));
    if (ttl && setsockopt(opened.descriptor_, ipv6 ? int{IPPROTO_IPV6} : int{IPPROTO_IP},
                          ipv6 ? IPV6_UNICAST_HOPS : IP_TTL, &*ttl, sizeof *ttl) != 0) {
      return errno_error("set TTL " + std::to_string(*ttl), errno);
    }
    const SocketAddress address = socket_address(source);
    if (bind(opened.descriptor_, address.get(), address.length) != 0) {
      return errno_error("bind to " + net::to_string(source), errno);
    }
    return ok();
  };
  TRY_IN("echo socket in " + netns, namespaces.enter(netns, inside));
  return opened;
}

EchoSocket::EchoSocket(EchoSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), ipv6_(other.ipv6_) {}

EchoSocket::~EchoSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status EchoSocket::send(const net::IpAddress& destination, const Echo& echo) const {
  const std::vector<uint8_t> bytes = echo_request(ipv6_, echo);
  const SocketAddress address = socket_address(destination);
  if (sendto(descriptor_, bytes.data(), bytes.size(), 0, address.get(), address.length) >= 0)
    return ok();
  return errno_error("send to " + net::to_string(destination), errno);
}

std::optional<IcmpMessage> EchoSocket::receive() const {
  for (;;) {
    std::array<uint8_t, 2048> buffer;
    SocketAddress from;
    from.length = sizeof from.storage;
    const ssize_t length = recvfrom(descriptor_, buffer.data(), buffer.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from.storage), &from.length);
    if (length < 0) return std::nullopt;
    const std::vector<uint8_t> bytes(buffer.begin(), buffer.begin() + length);
    if (const auto message = parse_icmp(ipv6_, address_from(from.storage), bytes)) return message;
  }
}

void EchoSocket::wait(int timeout_ms) const {
  pollfd waiting{descriptor_, POLLIN, 0};
  poll(&waiting, 1, timeout_ms);
}

}  // namespace vinet::machine
